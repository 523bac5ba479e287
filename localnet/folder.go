package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// markerFile says that a network made its folder. Whoever runs one holds a lock on it and has written its process id.
const markerFile = ".agon-localnet"

// claim takes the folder for this network and removes what an earlier one left there. It refuses a folder that no network
// made and one in which a network runs; for the programs of one that was killed it waits until they have ended.
func (n *Network) claim(ctx context.Context) error {
	dir, marker := n.cfg.Dir, filepath.Join(n.cfg.Dir, markerFile)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: dir: %w; name another folder with --dir", ErrConfig, err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(marker); err != nil {
			return fmt.Errorf("%w: %s is not empty and no network made it; name another folder with --dir", ErrConfig, dir)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w: dir: %w; name another folder with --dir", ErrConfig, err)
	}
	if n.lock, err = lockFile(ctx, marker); err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == markerFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// lockFile opens the marker, locks it and writes this process's id. Every program of the network inherits the open file and
// with it the lock.
func lockFile(ctx context.Context, path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, grace+time.Second)
	defer cancel()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		owner, alive := readOwner(file)
		if !alive {
			select {
			case <-time.After(100 * time.Millisecond):
				continue
			case <-ctx.Done():
			}
		}
		file.Close()
		return nil, fmt.Errorf("%w: a network runs in %s, started by process %s; stop it, or name another folder with --dir",
			ErrConfig, filepath.Dir(path), owner)
	}
	if err := file.Truncate(0); err != nil {
		file.Close()
		return nil, err
	}
	if _, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// readOwner reads whose process id stands in the marker and says whether that process is there.
func readOwner(file *os.File) (pid string, alive bool) {
	bz, err := io.ReadAll(io.NewSectionReader(file, 0, 32))
	if err != nil {
		return "unknown", false
	}
	pid = strings.TrimSpace(string(bz))
	number, err := strconv.Atoi(pid)
	if err != nil || number <= 0 {
		return "unknown", false
	}
	err = syscall.Kill(number, 0)
	return pid, err == nil || errors.Is(err, syscall.EPERM)
}

// release gives the folder back.
func (n *Network) release() {
	if n.lock != nil {
		n.lock.Close()
		n.lock = nil
	}
}
