"""Certificates for tests of doors."""
import os
import subprocess


class Authority:
    """Makes certificates with openssl, in one folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365", "-subj",
                 f"/CN={name}", "-keyout", self.path(name, "key"), "-out", self.path(name, "pem"))

    def path(self, name, ending):
        return os.path.join(self.folder, f"{name}.{ending}")

    def run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def sign(self, name, days=90):
        """(certificate, key) of `name`, also for 127.0.0.1; negative `days`: it has expired."""
        request, extra = self.path(name, "csr"), self.path(name, "ext")
        with open(extra, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
        self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout",
                 self.path(name, "key"), "-out", request)
        self.run("x509", "-req", "-in", request, "-CA", self.path(self.name, "pem"), "-CAkey", self.path(self.name, "key"),
                 "-CAcreateserial", "-days", str(days), "-extfile", extra, "-out", self.path(name, "pem"))
        return self.path(name, "pem"), self.path(name, "key")
