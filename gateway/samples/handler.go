package samples

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agon-chain/agon/wire"
)

const (
	// A validator asks a few times a minute.
	replaysEach, replaysAll = 1_000, 20_000
	sessionsKept            = 1_000
)

// Office gives samples to the validators that are named. All fields but Served are required.
type Office struct {
	ChainID    string
	Address    string   // the account that this gateway calls miners under, to which queries are signed
	Validators []string // addresses of the keys that their hotkeys sign with
	Store      *Store
	Now        func() time.Time
	Log        *slog.Logger
	Served     prometheus.Counter // optional

	policy wire.RequestPolicy
}

// Handler answers POST [wire.SamplesPath].
func (o Office) Handler() http.Handler {
	o.policy = wire.RequestPolicy{
		ChainID: o.ChainID, To: o.Address, Netuid: wire.AnyNetuid, NotBefore: o.Now(), Replay: wire.NewReplayCache(replaysEach, replaysAll),
		Sessions: wire.NewSessionCache(sessionsKept),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := o.answer(w, r); err != nil {
			wire.WriteError(w, err)
		}
	})
}

func (o *Office) answer(w http.ResponseWriter, r *http.Request) error {
	// Before any signature is looked at, and again by it: the rest of the world costs a comparison.
	if !slices.Contains(o.Validators, r.Header.Get(wire.HeaderFrom)) {
		return fmt.Errorf("%w: %.90q; ask the operator to name it in sample-validators", wire.ErrSampleAsker, r.Header.Get(wire.HeaderFrom))
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxSampleQuery))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("%w: at most %d bytes", wire.ErrBodyTooLarge, wire.MaxSampleQuery)
	}
	if err != nil {
		return fmt.Errorf("%w: the body ended early", wire.ErrSampleQuery)
	}
	asked, err := wire.Verify(r, raw, o.Now(), o.policy)
	if err != nil {
		return err
	}
	q, key, err := wire.DecodeSampleQuery(raw)
	if err != nil {
		return err
	}
	page := o.Store.Page(q.Netuid, q.After)
	plain, err := json.Marshal(page)
	if err != nil {
		return err
	}
	sealed, _, err := wire.SealRequest(key, wire.SealBinding(o.ChainID, asked.From, http.MethodPost, wire.SamplesPath), plain)
	if err != nil {
		return err
	}
	if o.Served != nil {
		o.Served.Add(float64(len(page.Samples)))
	}
	o.Log.Debug("samples given", "validator", asked.From, "netuid", q.Netuid, "samples", len(page.Samples))
	w.Header().Set("Content-Type", wire.ContentTypeSealed)
	_, _ = w.Write(sealed) // the validator is gone; it asks again
	return nil
}
