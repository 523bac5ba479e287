package miner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/content/disk"
)

// Why a version cannot be proven from this machine.
var (
	errNoFiles  = errors.New("files of the version are not here")
	errDiffers  = errors.New("files are not those of the version")
	errNotAgain = errors.New("files are looked at again in a while")
)

// modelFiles are the files of versions on this machine, each hashed once and kept as an index. For one goroutine.
type modelFiles struct {
	dir    string      // setting model-dir
	served task.Pinned // what the expert serves and where it has it; zero: nothing
	again  time.Duration
	now    func() time.Time
	log    *slog.Logger

	known map[string]*indexed
}

// indexed is what is known of one version's files: their index, or why there is none and when they are looked at again.
type indexed struct {
	index *disk.Indexed
	err   error
	again time.Time
}

// path of a version's files: its folder in model-dir, the expert's own, or, of what is served, model-dir itself.
func (f *modelFiles) path(label string) (string, error) {
	var tried []string
	if f.dir != "" {
		own := filepath.Join(f.dir, label)
		if _, err := os.Stat(own); err == nil {
			return own, nil
		}
		tried = append(tried, own)
	}
	if label == f.served.Version && f.served.Path != "" {
		return f.served.Path, nil
	}
	if label == f.served.Version && f.dir != "" {
		return f.dir, nil
	}
	if len(tried) == 0 {
		return "", fmt.Errorf("%w: set model-dir to the folder that holds %s", errNoFiles, label)
	}
	return "", fmt.Errorf("%w: no %s; put the files of %s there", errNoFiles, tried[0], label)
}

// of hashes a version's files unless they were, and holds them against its root. Errors: errNoFiles, errDiffers, those of the disk; the last one
// again until some time has passed, since hashing weights is work.
func (f *modelFiles) of(ctx context.Context, label string, root [32]byte) (*disk.Indexed, error) {
	k := f.known[label]
	if k != nil && (k.index != nil || f.now().Before(k.again)) {
		return k.index, k.err
	}
	k = &indexed{}
	if k.index, k.err = f.read(ctx, label, root); ctx.Err() != nil {
		return nil, ctx.Err()
	}
	k.again = f.now().Add(f.again)
	f.known[label] = k
	return k.index, k.err
}

func (f *modelFiles) read(ctx context.Context, label string, root [32]byte) (*disk.Indexed, error) {
	path, err := f.path(label)
	if err != nil {
		return nil, err
	}
	files, err := disk.Find(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", errNoFiles, err)
	}
	if err != nil {
		return nil, err
	}
	began := f.now()
	f.log.Info("hashing the files of a version, to prove them when the chain asks", "version", label, "path", path, "bytes", files.Size())
	x, err := files.Index(ctx, nil)
	if err != nil {
		return nil, err
	}
	if x.Root() != root {
		return nil, fmt.Errorf("%w: %s has root %x, %s has %x; agond model verify %s says what differs (names count)", errDiffers, path, x.Root(), label, root, label)
	}
	f.log.Info("files of a version are as published", "version", label, "seconds", f.now().Sub(began).Seconds())
	return x, nil
}

// prove a chunk of a version. Files that are not what they were are forgotten, and hashed anew after a while.
func (f *modelFiles) prove(ctx context.Context, label string, root [32]byte, path string, leaf, chunk uint32) (*content.Proof, error) {
	x, err := f.of(ctx, label, root)
	if err != nil {
		return nil, err
	}
	p, err := x.Prove(path, leaf, chunk)
	if err != nil {
		f.known[label] = &indexed{err: err, again: f.now().Add(f.again)}
	}
	return p, err
}
