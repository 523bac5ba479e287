package samples

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/agon-chain/agon/wire"
)

const (
	// idWidth is the number of digits of an id: Unix nanoseconds, so that ids sort as times do.
	idWidth = 20
	// sweepEvery is how often what has grown old is removed while nothing else happens.
	sweepEvery = time.Minute
)

// fileName is id-netuid.json. What else lies in the folder is left alone.
var fileName = regexp.MustCompile(`^([0-9]{20})-([0-9]{1,5})\.json$`)

// Options bound what is kept. Share and Keep are above 0.
type Options struct {
	Dir   string
	Share float64       // of the calls that are offered, 0 to 1
	Keep  int           // samples at most; the oldest make room
	Life  time.Duration // how long one is kept
	Now   func() time.Time
	Log   *slog.Logger
}

// Store is the sample. Safe for concurrent use. Nil keeps nothing.
type Store struct {
	o Options

	mu    sync.Mutex
	kept  []kept // oldest first
	last  int64
	ailed bool
}

// kept is one file.
type kept struct {
	at     int64
	netuid uint16
}

func (k kept) id() string   { return fmt.Sprintf("%0*d", idWidth, k.at) }
func (k kept) name() string { return fmt.Sprintf("%s-%d.json", k.id(), k.netuid) }

// Open takes up what an earlier run left, within the bounds. The folder is made with the first sample.
func Open(o Options) (*Store, error) {
	s := &Store{o: o}
	entries, err := os.ReadDir(o.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("samples of calls: %w", err)
	}
	for _, e := range entries {
		m := fileName.FindStringSubmatch(e.Name())
		if m == nil {
			if strings.HasSuffix(e.Name(), ".json.part") { // a kill came before it had its name
				if err := os.Remove(filepath.Join(o.Dir, e.Name())); err != nil {
					return nil, fmt.Errorf("samples of calls: %w", err)
				}
			}
			continue
		}
		at, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			continue
		}
		netuid, err := strconv.ParseUint(m[2], 10, 16)
		if err != nil {
			continue
		}
		s.kept = append(s.kept, kept{at, uint16(netuid)})
	}
	slices.SortFunc(s.kept, func(a, b kept) int { return cmp.Compare(a.at, b.at) })
	if n := len(s.kept); n > 0 {
		s.last = s.kept[n-1].at
	}
	s.sweep()
	return s, nil
}

// Run removes what has grown old until the context ends.
func (s *Store) Run(ctx context.Context) error {
	t := time.NewTicker(min(sweepEvery, s.o.Life))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			s.mu.Lock()
			s.sweep()
			s.mu.Unlock()
		}
	}
}

// Drawn says whether the lot falls on a call. Nobody knows before its answer is there.
func (s *Store) Drawn() bool { return s != nil && rand.Float64() < s.o.Share }

// Keep a sample. What fails is logged, once until it works again: a call does not fail for it.
func (s *Store) Keep(one wire.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := kept{max(s.o.Now().UnixNano(), s.last+1), one.Netuid}
	if err := s.write(k, one); err != nil {
		if !s.ailed {
			s.o.Log.Warn("calls cannot be sampled", "error", strings.Join(strings.Fields(err.Error()), " "))
		}
		s.ailed = true
		return
	}
	s.ailed, s.last = false, k.at
	s.kept = append(s.kept, k)
	s.sweep()
}

func (s *Store) write(k kept, one wire.Sample) error {
	raw, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(s.o.Dir, k.name())
	if err := os.WriteFile(path+".part", raw, 0o600); err != nil {
		return errors.Join(err, os.RemoveAll(path+".part")) // half of one on a full disk
	}
	return os.Rename(path+".part", path)
}

// sweep removes the oldest beyond what may be kept.
func (s *Store) sweep() {
	old := s.o.Now().Add(-s.o.Life).UnixNano()
	n := 0
	for ; n < len(s.kept) && (len(s.kept)-n > s.o.Keep || s.kept[n].at <= old); n++ {
		err := os.Remove(filepath.Join(s.o.Dir, s.kept[n].name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.o.Log.Warn("a sample of a call cannot be removed; remove it by hand", "file", s.kept[n].name(), "error", strings.Join(strings.Fields(err.Error()), " "))
		}
	}
	s.kept = slices.Delete(s.kept, 0, n)
}

// Count is how many there are.
func (s *Store) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// Page is the oldest samples of a subnet after an id, as many as one answer holds. An id that is none is before all.
func (s *Store) Page(netuid uint16, after string) wire.SamplePage {
	s.mu.Lock()
	s.sweep()
	list := slices.Clone(s.kept)
	s.mu.Unlock()
	var out wire.SamplePage
	size := 0
	for _, k := range list {
		if k.netuid != netuid || k.id() <= after {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(s.o.Dir, k.name()))
		one := wire.KeptSample{ID: k.id()}
		if err != nil || json.Unmarshal(raw, &one.Sample) != nil {
			continue // it has grown old meanwhile, or is not ours
		}
		n := len(one.Question) + len(one.Answer)
		if len(out.Samples) == wire.MaxSamplePage || len(out.Samples) > 0 && size+n > wire.MaxSamplePageBytes {
			out.More = true
			break
		}
		size += n
		out.Samples = append(out.Samples, one)
	}
	return out
}
