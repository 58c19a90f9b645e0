package pgtest

import "testing"

// FindBinaries is how the server is found, with packages at a pattern.
var FindBinaries = binaries

// Folder returns the folder of the cluster of this process.
func Folder(t testing.TB) string { return sharedCluster(t).dir }
