"""Pure values and codecs of Tympan: IPP, sealed documents, raster headers."""
