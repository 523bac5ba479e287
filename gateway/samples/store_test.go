package samples_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/samples"
	"github.com/agon-chain/agon/wire"
)

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func store(t *testing.T, c *clock, dir string, keep int) *samples.Store {
	t.Helper()
	s, err := samples.Open(samples.Options{Dir: dir, Share: 1, Keep: keep, Life: time.Hour, Now: c.now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	return s
}

func files(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	return len(entries)
}

func call(netuid uint16, n int) wire.Sample {
	return wire.Sample{Netuid: netuid, Question: fmt.Appendf(nil, "q%d", n), Answer: []byte("a")}
}

func said(p wire.SamplePage) (out []string) {
	for _, s := range p.Samples {
		out = append(out, string(s.Question))
	}
	return out
}

func TestKeepsTheNewestAndNotForLong(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	dir := filepath.Join(t.TempDir(), "samples")
	s := store(t, c, dir, 3)
	for n := range 5 { // at one moment
		s.Keep(call(1, n))
	}
	require.Equal(t, []string{"q2", "q3", "q4"}, said(s.Page(1, "")))
	require.Equal(t, 3, files(t, dir), "what made room is gone from the disk")

	// A restart goes on with what there is, in the same order and under the same bounds.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "01800000000000000000-1.json.part"), []byte("half"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "note.txt"), []byte("of the operator's"), 0o600))
	s = store(t, c, dir, 2)
	require.Equal(t, []string{"q3", "q4"}, said(s.Page(1, "")))
	require.Equal(t, 3, files(t, dir), "and the operator's own file")
	c.pass(30 * time.Minute)
	s.Keep(call(1, 5))
	c.pass(31 * time.Minute)
	require.Equal(t, []string{"q5"}, said(s.Page(1, "")), "the others are older than an hour")
	c.pass(time.Hour)
	s = store(t, c, dir, 2)
	require.Zero(t, s.Count())
	require.Equal(t, 1, files(t, dir))

	// A clock that is put back makes no id twice and no order that is another.
	s.Keep(call(1, 6))
	c.pass(-time.Minute)
	s.Keep(call(1, 7))
	require.Equal(t, []string{"q6", "q7"}, said(s.Page(1, "")))

	s = store(t, c, dir, 0) // nobody is named any more
	require.Zero(t, s.Count())
	require.Equal(t, 1, files(t, dir))
}

func TestPages(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	s := store(t, c, filepath.Join(t.TempDir(), "samples"), 1000)
	require.Empty(t, s.Page(1, "").Samples)
	for n := range 2*wire.MaxSamplePage + 1 {
		s.Keep(call(uint16(1+n%2), n))
	}
	first := s.Page(1, "")
	require.Len(t, first.Samples, wire.MaxSamplePage)
	require.True(t, first.More)
	rest := s.Page(1, first.Samples[wire.MaxSamplePage-1].ID)
	require.Equal(t, []string{"q64"}, said(rest))
	require.False(t, rest.More)
	require.Empty(t, s.Page(1, rest.Samples[0].ID).Samples)
	require.Empty(t, s.Page(3, "").Samples)

	big := call(9, 0)
	big.Answer = make([]byte, wire.MaxSample-10)
	for range 6 {
		s.Keep(big)
	}
	page := s.Page(9, "")
	require.Len(t, page.Samples, wire.MaxSamplePageBytes/wire.MaxSample)
	require.True(t, page.More)
}

func TestAFullDiskFailsNoCall(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	file := filepath.Join(t.TempDir(), "samples")
	s := store(t, c, file, 10)
	require.NoError(t, os.WriteFile(file, nil, 0o600)) // no folder can be there now
	s.Keep(call(1, 1))
	require.Zero(t, s.Count())
	require.NoError(t, os.Remove(file))
	s.Keep(call(1, 2))
	require.Equal(t, []string{"q2"}, said(s.Page(1, "")))

	var none *samples.Store
	require.False(t, none.Drawn())
}
