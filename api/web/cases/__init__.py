"""Pages of cases: one case and its course, papers and acts, the list, the mediation room."""
