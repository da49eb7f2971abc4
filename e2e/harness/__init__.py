"""What the end-to-end tests stand on: a cluster, images, add-ons, a deployment, and ways to look into them."""
