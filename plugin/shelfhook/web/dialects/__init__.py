"""What other programs post, each in a file of its own: from a document to what was heard."""
