"""Grafana dashboards and Prometheus rules as Python: what is generated into `dashboards/generated`."""
