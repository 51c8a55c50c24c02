"""Blobs in a folder of files or in an S3 bucket: the one place that imports obstore."""

from tympan_hub.adapters.blobs.address import BlobAddress
from tympan_hub.adapters.blobs.objects import ObjectBlobs, blobs_at
from tympan_hub.adapters.blobs.probe import BlobsProbe

__all__ = ["BlobAddress", "BlobsProbe", "ObjectBlobs", "blobs_at"]
