"""What is told of a batch: before it, as a plan; after it, as results and evidence."""
