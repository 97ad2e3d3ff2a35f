"""Unpacks the C library and the headers from the TensorFlow wheel: `extract.py WHEEL FOLDER`."""

import sys
import zipfile

WANTED = ("tensorflow/include/", "tensorflow/libtensorflow_cc.", "tensorflow/libtensorflow_framework.")

with zipfile.ZipFile(sys.argv[1]) as wheel:
    members = [name for name in wheel.namelist() if name.startswith(WANTED)]
    if not members:
        sys.exit(f"{sys.argv[1]} holds no C library.")
    wheel.extractall(sys.argv[2], members)
