package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// moveToDisk moves a folder to a file system in memory, which is small, and leaves a link to it.
func moveToDisk(home, disk string) (unmount func(), err error) {
	if err := os.MkdirAll(disk, 0o755); err != nil {
		return nil, err
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=96m"); err != nil {
		return nil, skipped{fmt.Errorf("mount a small disk: %w", err)}
	}
	unmount = func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) } // what stays is memory until the next boot
	if err := os.CopyFS(filepath.Join(disk, "home"), os.DirFS(home)); err != nil {
		unmount()
		return nil, err
	}
	if err := os.RemoveAll(home); err != nil {
		unmount()
		return nil, err
	}
	target, err := filepath.Abs(filepath.Join(disk, "home"))
	if err == nil {
		err = os.Symlink(target, home)
	}
	if err != nil {
		unmount()
		return nil, err
	}
	return unmount, nil
}

// free is how many bytes a disk has for files.
func free(disk string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(disk, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}
