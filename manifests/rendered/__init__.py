"""What kustomize makes of the manifests, and how to look at it."""
