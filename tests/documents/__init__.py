"""Reports about invented places, each with the record that a careful human reader would give it."""
