"""Making a portal of somebody's data: read over the API or from files, without the people in it."""
