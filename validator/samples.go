package validator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

const (
	// sampleHold is how long a call counts that proves something, from when it was made; older ones are not looked at. So one that is shown again changes nothing.
	sampleHold = 24 * time.Hour
	// sampleAhead is how far a gateway's clock may run ahead.
	sampleAhead = 5 * time.Minute
	// sampleBudget bounds the time that one gateway's samples take in one go: whoever sends many, or long ones, makes nobody else wait.
	sampleBudget = 30 * time.Second
	// samplesInTempo is how often gateways are asked in a tempo.
	samplesInTempo = 20
)

// Outcomes of samples, as the metric has them.
const (
	sampleProven   = "proven"
	sampleNothing  = "nothing"  // it proves nothing, which is all that a good answer can do
	sampleUnjudged = "unjudged" // nothing could be looked at
	sampleRefused  = "refused"  // nobody signed it, or it is about something else
	sampleOld      = "old"      // too old, or the miner is held back for a later one
)

// Samples reads users' calls that gateways keep for this validator, and holds back who is proven by one to serve something else than it says.
//
// A gateway chooses what it shows, and may have asked itself. So nothing that it says is believed but what a miner signed, an answer counts against a miner alone and
// only if it is proof by itself, and no account of evidence moves: nobody earns by samples, and nobody is accused on the chain for one.
type Samples struct {
	self     Self
	config   Config
	gateways []sampleGateway
	network  Network
	clock    *Clock
	store    *Store
	book     *Scorebook
	accounts Accounts
	metrics  *Metrics
	log      *slog.Logger
	client   *http.Client
	now      func() time.Time

	records map[string]SampleRecord
	cursors map[string]string
	held    map[task.MinerID]task.Hold
	session *wire.Session
	told    bool
}

// SampleRecord is the newest call that proved something against a miner. It has no word of the call.
type SampleRecord struct {
	Hotkey       string    `json:"hotkey"`
	RegisteredAt int64     `json:"registered_at"` // whoever has the hotkey's uid anew begins anew
	Time         time.Time `json:"time"`          // when the call was made
	Gateway      string    `json:"gateway"`
	Receipt      string    `json:"receipt"`
	Of           string    `json:"of"`
	By           string    `json:"by"`
	Log10        float64   `json:"log10"`
}

// openSamples restores what the store has. Errors: [ErrStore].
func openSamples(s Samples) (*Samples, error) {
	var err error
	if s.records, s.cursors, err = s.store.Samples(); err != nil {
		return nil, err
	}
	s.client, s.now = newSampleClient(), time.Now
	return &s, nil
}

// Run asks gateways until ctx ends. Only the store's failures end it.
func (s *Samples) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	for next := int64(1); ; {
		h, err := s.clock.Wait(ctx, next)
		if err != nil {
			return err
		}
		next = h + 1
		v, err := s.network.View(ctx, 0)
		if err == nil {
			next = h + max(1, int64(v.Subnet.Hyperparams.Tempo)/samplesInTempo)
			err = s.step(ctx, v)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrStore) {
				return err
			}
			s.metrics.failures.WithLabelValues("samples").Inc()
			s.log.Warn("samples of users' calls were not read", "error", err)
		}
	}
}

func (s *Samples) step(ctx context.Context, v *View) error {
	if !s.book.Proves() {
		if !s.told {
			s.told = true
			s.log.Warn("sample_gateways is set, and the subnet's task cannot judge calls that it did not ask; none is fetched", "task", v.Subnet.TaskKind)
		}
		return nil
	}
	session, err := s.asNeuron()
	if err != nil {
		return err
	}
	var failed error
	for _, g := range s.gateways {
		if err := s.read(ctx, v, g, session); errors.Is(err, ErrStore) || ctx.Err() != nil {
			return err
		} else if err != nil {
			failed = errors.Join(failed, fmt.Errorf("gateway %s: %s", g.url, reason(err)))
		}
	}
	s.judge(v)
	return failed
}

// asNeuron is a session that the hotkey's key certifies: by it gateways know whom they give samples to.
func (s *Samples) asNeuron() (*wire.Session, error) {
	now := s.now()
	if s.session != nil && now.Before(s.session.Certificate.ExpiresAt.Add(-inspectSession/4)) {
		return s.session, nil
	}
	key, sign, err := s.accounts.AccountSigner(s.config.SigningKey)
	if err != nil {
		return nil, fmt.Errorf("session of the hotkey: %w", err)
	}
	s.session, err = wire.NewSession(s.self.ChainID, key, sign, wire.ScopeCall, s.self.Netuid, now, now.Add(inspectSession))
	return s.session, err
}

// read one page of a gateway's samples, as far as its time reaches. How far it came is kept with what was found.
func (s *Samples) read(ctx context.Context, v *View, g sampleGateway, session *wire.Session) error {
	page, err := g.fetch(ctx, s.client, session, s.self, s.cursors[g.address], s.now())
	if err != nil || len(page.Samples) == 0 {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, sampleBudget)
	defer cancel()
	after := ""
	var found []SampleRecord
	for _, one := range page.Samples {
		r, outcome := s.look(limited, v, g, one.Sample)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		after = one.ID
		s.metrics.samples.WithLabelValues(outcome).Inc()
		if r != nil {
			found = append(found, *r)
			s.records[r.Hotkey] = *r
			s.log.Info("a user's call proves that a miner does not serve what it says", "miner", r.Hotkey, "of", r.Of, "layer", r.By, "log10_e", r.Log10, "gateway", g.address)
		}
		if limited.Err() != nil {
			break
		}
	}
	s.cursors[g.address] = after
	return s.store.SaveSamples(found, nil, g.address, after)
}

// look at one sample; nil where it proves nothing.
func (s *Samples) look(ctx context.Context, v *View, g sampleGateway, one wire.Sample) (*SampleRecord, string) {
	n, ok := v.Metagraph.ByHotkey(one.To)
	if !ok || one.Netuid != s.self.Netuid {
		return nil, sampleRefused
	}
	at, now := time.UnixMilli(one.Time), s.now()
	if !at.After(now.Add(-sampleHold)) || s.standing(n.Hotkey, n.RegisteredAt) && !at.After(s.records[n.Hotkey].Time) {
		return nil, sampleOld
	}
	key, err := wire.ParseServicePublic(n.ServiceKey)
	if err != nil || at.After(now.Add(sampleAhead)) {
		return nil, sampleRefused
	}
	receipt, err := one.Verify(s.self.ChainID, s.self.Netuid, key)
	if err != nil {
		s.log.Debug("a sample was refused", "gateway", g.address, "error", err)
		return nil, sampleRefused
	}
	proof, ok, err := s.book.Prove(ctx, task.Signed{Body: one.Question, Answer: one.Answer, Root: receipt.ModelVersion})
	switch {
	case err != nil:
		s.metrics.failures.WithLabelValues("sample").Inc()
		s.log.Warn("a sample could not be judged", "miner", n.Hotkey, "error", reason(err))
		return nil, sampleUnjudged
	case !ok:
		return nil, sampleUnjudged
	case proof.Unjudged != "":
		s.log.Debug("a sample was not judged", "miner", n.Hotkey, "why", proof.Unjudged)
		return nil, sampleUnjudged
	case !proof.Proven:
		return nil, sampleNothing
	}
	return &SampleRecord{
		Hotkey: n.Hotkey, RegisteredAt: n.RegisteredAt, Time: at, Gateway: g.address, Receipt: one.Receipt, Of: proof.Of, By: proof.By, Log10: proof.Log10,
	}, sampleProven
}

// standing says whether there is a record against the neuron that a hotkey is now.
func (s *Samples) standing(hotkey string, registered int64) bool {
	r, ok := s.records[hotkey]
	return ok && r.RegisteredAt == registered
}

// judge tells the scorebook who is held back. Calls of the past do not count for ever.
func (s *Samples) judge(v *View) {
	held := map[task.MinerID]task.Hold{}
	var over []string
	for hotkey, r := range s.records {
		n, ok := v.Metagraph.ByHotkey(hotkey)
		until := r.Time.Add(sampleHold)
		if !ok || n.RegisteredAt != r.RegisteredAt || !s.now().Before(until) {
			over = append(over, hotkey)
			delete(s.records, hotkey)
			continue
		}
		held[task.MinerID(hotkey)] = task.Hold{Gate: task.GateSample, Why: fmt.Sprintf(
			"an answer to a user's call of %s is not by %.64s (%s, 10^%.0f to 1); held back until %s",
			r.Time.UTC().Format(time.DateTime), r.Of, r.By, r.Log10, until.UTC().Format(time.DateTime))}
	}
	if len(over) > 0 {
		if err := s.store.SaveSamples(nil, over, "", ""); err != nil {
			s.log.Warn("records of samples that are over were not removed", "error", err)
		}
	}
	if !maps.Equal(held, s.held) {
		s.held = held
		s.book.HoldSampled(held)
	}
}
