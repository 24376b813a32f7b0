"""The sheets of the dossier, one file each: what of the report they show, in which order."""
