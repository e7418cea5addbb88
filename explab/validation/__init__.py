"""What explab itself is measured by, against what is known; called by `explab bench`."""
