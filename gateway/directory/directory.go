package directory

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
)

// Source reads the chain once.
type Source interface {
	Read(ctx context.Context) (*View, error)
}

// Directory keeps the last view at hand. Latest may be called from many goroutines at once.
type Directory struct {
	source Source
	every  time.Duration
	log    *slog.Logger
	now    func() time.Time
	latest atomic.Pointer[View]
	failed atomic.Bool
}

// ErrNoView says that the chain was never read.
var ErrNoView = errors.New("chain was not read yet")

// New makes a directory that [Directory.Run] reads again at every interval. now may be nil.
func New(s Source, every time.Duration, log *slog.Logger, now func() time.Time) *Directory {
	if now == nil {
		now = time.Now
	}
	return &Directory{source: s, every: every, log: log, now: now}
}

// Latest is the last view that was read, and how old it is. Errors: ErrNoView.
func (d *Directory) Latest() (*View, time.Duration, error) {
	v := d.latest.Load()
	if v == nil {
		return nil, 0, ErrNoView
	}
	return v, max(0, d.now().Sub(v.At)), nil
}

// Away says that the last reading failed: what is served is of before.
func (d *Directory) Away() bool { return d.failed.Load() }

// Refresh reads the chain now. What was read before stays where that fails.
func (d *Directory) Refresh(ctx context.Context) error {
	at := d.now()
	v, err := d.source.Read(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	was := d.failed.Swap(err != nil)
	switch {
	case err != nil && !was:
		d.log.Warn("chain cannot be read, serving from the last view", "error", strings.Join(strings.Fields(err.Error()), " "))
	case err == nil && was:
		d.log.Info("chain is read again", "height", v.Height)
	}
	if err != nil {
		return err
	}
	v.At = at
	v.Index()
	d.latest.Store(v)
	return nil
}

// Run reads at every interval until ctx ends, and returns its error.
func (d *Directory) Run(ctx context.Context) error {
	tick := time.NewTicker(d.every)
	defer tick.Stop()
	for {
		_ = d.Refresh(ctx) // it was logged, and the next try follows
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
