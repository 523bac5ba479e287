package keys

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// spool keeps in files what is settled and not yet in the store. A line is handed to the operating system before Settle returns, so a process that
// is killed loses nothing. It is not forced to the disk, since the store will be within [Options.Flush]: power that fails loses that much at most.
//
// Two files take turns, one per batch. When a batch is cut, all batches before it are in the store, and the other file is begun anew.
// The first file is locked for as long as its process lives.
//
// A line is the CRC-32 of what follows in 8 hexadecimal digits, a space, and a [spoolLine] in JSON.
type spool struct {
	process string
	files   [2]*os.File
	turn    int
	size    int64
}

type spoolLine struct {
	Number int64    `json:"n"` // of its batch
	Key    UsageKey `json:"key"`
	Sum    UsageSum `json:"sum"`
	Lease  *Lease   `json:"lease,omitempty"`
	Charge uint64   `json:"charge,omitempty"`
}

const (
	spoolFirst  = ".settled.0"
	spoolSecond = ".settled.1"
)

// openSpool makes the files of a process.
func openSpool(dir, process string) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &spool{process: process}
	first := filepath.Join(dir, process+spoolFirst)
	for i, name := range []string{filepath.Join(dir, "."+process), filepath.Join(dir, process+spoolSecond)} {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, errors.Join(err, s.close(false))
		}
		s.files[i] = f
	}
	// Locked before it has the name that recovery looks for, or another process could take it for a dead one's.
	if err := syscall.Flock(int(s.files[0].Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", first, err), s.close(false))
	}
	if err := os.Rename(s.files[0].Name(), first); err != nil {
		return nil, errors.Join(err, s.close(false))
	}
	return s, nil
}

// write adds a line. What a failed write left is cut off, or it would spoil the next.
func (s *spool) write(l spoolLine) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	line := fmt.Appendf(make([]byte, 0, len(body)+10), "%08x %s\n", crc32.ChecksumIEEE(body), body)
	f := s.files[s.turn]
	if _, err := f.WriteAt(line, s.size); err != nil {
		return errors.Join(err, f.Truncate(s.size))
	}
	s.size += int64(len(line))
	return nil
}

// next begins the other file anew.
func (s *spool) next() error {
	s.turn = 1 - s.turn
	s.size = 0
	return s.files[s.turn].Truncate(0)
}

// close closes the files, which lets another process recover what is in them, or removes them where everything is in the store.
func (s *spool) close(done bool) error {
	var errs []error
	for i, f := range s.files {
		if f == nil {
			continue
		}
		if done {
			name := f.Name()
			if i == 0 {
				name = filepath.Join(filepath.Dir(name), s.process+spoolFirst)
			}
			errs = append(errs, os.Remove(name))
		}
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// recoverSpools writes to the store what processes settled that died, and gives back their leases.
func recoverSpools(ctx context.Context, dir string, store Store) (calls uint64, err error) {
	firsts, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*"+spoolFirst))
	if err != nil {
		return 0, err
	}
	for _, first := range firsts {
		n, one := recoverSpool(ctx, first, store)
		calls += n
		if one != nil {
			err = errors.Join(err, fmt.Errorf("recover %s: %w", first, one))
		}
	}
	return calls, err
}

// escapeGlob makes a folder's name mean itself in a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func recoverSpool(ctx context.Context, first string, store Store) (calls uint64, err error) {
	f, err := os.OpenFile(first, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) { // another process recovered it meanwhile
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) { // its process lives
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	process := strings.TrimSuffix(filepath.Base(first), spoolFirst)
	batches := map[int64]*Batch{}
	readSpool(f, process, batches)
	second := strings.TrimSuffix(first, spoolFirst) + spoolSecond
	g, err := os.Open(second)
	if err == nil {
		readSpool(g, process, batches)
		err = g.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	for _, number := range slices.Sorted(maps.Keys(batches)) {
		if err := store.Apply(ctx, batches[number]); err != nil {
			return calls, err
		}
		for _, u := range batches[number].Usage {
			calls += u.Calls
		}
	}
	if _, err := store.Bury(ctx, process); err != nil {
		return calls, err
	}
	for _, name := range []string{second, first} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return calls, err
		}
	}
	return calls, nil
}

// readSpool gathers a file's lines into batches. It ends at the first line that is not whole: what follows was never acknowledged.
func readSpool(r io.Reader, process string, into map[int64]*Batch) {
	lines := bufio.NewReader(r)
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		sum, body, ok := bytes.Cut(bytes.TrimSuffix(text, []byte("\n")), []byte(" "))
		want, err := strconv.ParseUint(string(sum), 16, 32)
		if !ok || err != nil || uint32(want) != crc32.ChecksumIEEE(body) {
			return
		}
		var l spoolLine
		if err := json.Unmarshal(body, &l); err != nil || l.Number <= 0 {
			return
		}
		b := into[l.Number]
		if b == nil {
			b = newBatch()
			b.Process, b.Number = process, l.Number
			into[l.Number] = b
		}
		b.add(l.Key, l.Sum, b.lease(l.Lease), l.Charge)
	}
}

// lease is the one in the batch with the same id.
func (b *Batch) lease(l *Lease) *Lease {
	if l == nil {
		return nil
	}
	for have := range b.Spent {
		if have.ID == l.ID {
			return have
		}
	}
	return l
}
