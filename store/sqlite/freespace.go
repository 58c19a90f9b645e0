//go:build linux || darwin || freebsd

package sqlite

import (
	"math"
	"syscall"
)

// freeSpace is how many bytes can be written to the disk of a file; without bound where that cannot be told.
func freeSpace(path string) int64 {
	var disk syscall.Statfs_t
	if syscall.Statfs(path, &disk) != nil {
		return math.MaxInt64
	}
	return int64(disk.Bavail) * int64(disk.Bsize)
}
