"""Where exports go to and come from: files, folders and buckets; plain, or encrypted in the format of age."""
