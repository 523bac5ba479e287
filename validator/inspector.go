package validator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/verify/attest"
	"github.com/agon-chain/agon/wire"
)

const (
	// inspections bounds the miners that are looked at together.
	inspections = 8
	// inspectTries is how often in an epoch a miner is asked whose hardware gave no good answer.
	inspectTries = 3
	// inspectTimeout is how long an answer is waited for: vendors' tools take seconds, and a miner answers one challenge at a time.
	inspectTimeout = 75 * time.Second
	// inspectSession is how long the hotkey certifies a session for.
	inspectSession = time.Hour
	// maxReason is how much is kept of a refusal.
	maxReason = 200
)

// Inspector reads what miners report of their hardware and has it answer challenges, once in each epoch, and tells the scorebook who is held back.
//
// It asks under the hotkey, openly, and over connections of its own: what it asks no user asks. A miner that sees the validator's address here can know
// questions from the same address again, so a validator that inspects should do it through a proxy.
type Inspector struct {
	self      Self
	config    Config
	network   Network
	clock     *Clock
	store     *Store
	book      *Scorebook
	accounts  Accounts
	metrics   *Metrics
	log       *slog.Logger
	client    *wire.Client
	verifiers attest.Verifiers
	signerOf  func(ctx context.Context, hotkey string) (string, error) // nil: hotkeys sign themselves
	file      *HardwareFile
	now       func() time.Time

	records map[string]*HardwareRecord
	tries   map[string]tries
	held    map[task.MinerID]task.Hold
	session *wire.Session
}

// tries are how often a miner was asked in an epoch, and the height before which it is left alone.
type tries struct {
	epoch      uint64
	registered int64
	n          int
	next       int64
}

// openInspector restores what the store has. Errors: [ErrConfig], [ErrStore].
func openInspector(i Inspector) (*Inspector, error) {
	var err error
	if i.verifiers, err = i.config.verifiers(); err != nil {
		return nil, err
	}
	var proxy *url.URL
	if i.config.HardwareProxy != "" {
		if proxy, err = url.Parse(i.config.HardwareProxy); err != nil {
			return nil, fmt.Errorf("%w: hardware_proxy: %w", ErrConfig, err)
		}
	}
	i.client, err = wire.NewClient(wire.ClientOptions{
		ChainID: i.self.ChainID, Timeout: inspectTimeout, MaxReply: wire.MaxAttestation, AllowPrivate: i.config.AllowPrivate, FreshConnections: true, Proxy: proxy,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if i.records, err = i.store.Hardware(); err != nil {
		return nil, err
	}
	i.tries, i.now = map[string]tries{}, time.Now
	return &i, nil
}

// verifiers are nil where the operator named nothing to verify against.
func (c Config) verifiers() (attest.Verifiers, error) {
	var files [2][]byte
	for n, f := range []struct{ field, path string }{{"attestation_roots", c.AttestationRoots}, {"attestation_jwks", c.AttestationJWKS}} {
		if f.path == "" {
			continue
		}
		raw, err := os.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrConfig, f.field, err)
		}
		files[n] = raw
	}
	if files[0] == nil && files[1] == nil {
		return nil, nil
	}
	v, err := attest.NewVerifiers(files[0], files[1])
	if err != nil {
		return nil, fmt.Errorf("%w: attestation_roots, attestation_jwks: %w", ErrConfig, err)
	}
	return v, nil
}

// canVerify refuses to judge in a subnet that requires what this validator cannot verify: it would hold everybody back. Errors: [ErrConfig].
func (i *Inspector) canVerify(a task.Attestation) error {
	if a.Mode != task.AttestationRequired || slices.ContainsFunc(i.verifiers.Kinds(), a.Takes) {
		return nil
	}
	want := "any kind"
	if len(a.Kinds) > 0 {
		want = strings.Join(a.Kinds, " or ")
	}
	return fmt.Errorf("%w: the subnet requires attested hardware of %s, this validator can verify %v; name the vendor's certificates or keys with --attestation-roots or --attestation-jwks",
		ErrConfig, want, i.verifiers.Kinds())
}

// Run inspects until ctx ends. Only the store's failures end it; what else fails is logged and tried again.
func (i *Inspector) Run(ctx context.Context) error {
	defer i.client.Close()
	var h int64
	for {
		var err error
		if h, err = i.clock.Wait(ctx, h+1); err != nil {
			return err
		}
		if err := i.step(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrStore) {
				return err
			}
			i.metrics.failures.WithLabelValues("hardware").Inc()
			i.log.Warn("hardware was not inspected at this height", "height", h, "error", err)
		}
		h = max(h, i.clock.Height()-1)
	}
}

func (i *Inspector) step(ctx context.Context) error {
	v, err := i.network.View(ctx, 0)
	if err != nil {
		return err
	}
	_, a, err := v.task()
	if err != nil {
		return err
	}
	if !a.On() && !i.config.Hardware {
		i.judge(v, a)
		return nil
	}
	uid, err := i.self.UID(v)
	if err != nil {
		return err
	}
	due := i.due(v, uid, a)
	changed := make([]*HardwareRecord, len(due))
	g, inspecting := errgroup.WithContext(ctx)
	g.SetLimit(inspections)
	var session *wire.Session
	if a.On() && len(due) > 0 {
		if session, err = i.asNeuron(); err != nil {
			return err
		}
	}
	for n, d := range due {
		g.Go(func() error {
			changed[n] = i.inspect(inspecting, v, d, session, a)
			return nil
		})
	}
	_ = g.Wait() // none of them returns an error
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, r := range changed {
		i.records[r.Hotkey] = r
	}
	var left []string
	for hotkey := range i.records {
		if _, there := v.Metagraph.ByHotkey(hotkey); !there {
			left = append(left, hotkey)
			delete(i.records, hotkey)
			delete(i.tries, hotkey)
		}
	}
	if len(changed)+len(left) > 0 {
		if err := i.store.SaveHardware(changed, left); err != nil {
			return err
		}
	}
	if i.judge(v, a) || len(changed)+len(left) > 0 {
		if err := i.file.Write(i.self, v, a, i.records, i.held); err != nil {
			i.log.Warn("hardware was not written for reading", "error", err)
		}
	}
	return nil
}

// inspection is a miner and what is lacking of it in this epoch.
type inspection struct {
	neuron         chain.Neuron
	old            *HardwareRecord // nil: none about this neuron
	report, attest bool
}

// due are the miners that lack something in this epoch and may be asked now. It counts the try.
func (i *Inspector) due(v *View, uid uint16, a task.Attestation) []inspection {
	epoch := v.Epoch().Index
	pause := max(1, int64(v.Subnet.Hyperparams.Tempo)/8)
	var out []inspection
	for _, n := range askable(v, uid) {
		d := inspection{neuron: n, old: i.records[n.Hotkey]}
		if !d.old.of(n) {
			d.old = nil
		}
		d.report = d.old == nil || d.old.ReportEpoch != epoch || d.old.ReportError != ""
		d.attest = a.On() && (d.old == nil || d.old.AttestedEpoch != epoch || d.old.AttestError != "")
		t := i.tries[n.Hotkey]
		if t.epoch != epoch || t.registered != n.RegisteredAt {
			t = tries{epoch: epoch, registered: n.RegisteredAt}
		}
		if !d.report && !d.attest || t.n >= inspectTries || v.Height() < t.next {
			continue
		}
		t.n, t.next = t.n+1, v.Height()+pause
		i.tries[n.Hotkey] = t
		out = append(out, d)
	}
	return out
}

// asNeuron is a session that the hotkey's key certifies, in whose name the subnet's miners answer challenges.
func (i *Inspector) asNeuron() (*wire.Session, error) {
	now := i.now()
	if i.session != nil && now.Before(i.session.Certificate.ExpiresAt.Add(-inspectTimeout-inspectSession/4)) {
		return i.session, nil
	}
	key, sign, err := i.accounts.AccountSigner(i.config.SigningKey)
	if err != nil {
		return nil, fmt.Errorf("session of the hotkey: %w", err)
	}
	i.session, err = wire.NewSession(i.self.ChainID, key, sign, wire.ScopeCall, i.self.Netuid, now, now.Add(inspectSession))
	return i.session, err
}

// inspect one miner. What failed is in the record; what was found before stays beside it.
func (i *Inspector) inspect(ctx context.Context, v *View, d inspection, session *wire.Session, a task.Attestation) *HardwareRecord {
	r := &HardwareRecord{Hotkey: d.neuron.Hotkey, RegisteredAt: d.neuron.RegisteredAt, ServiceKey: d.neuron.ServiceKey}
	if d.old != nil {
		*r = *d.old
	}
	epoch := v.Epoch().Index
	if d.report {
		s, err := i.report(ctx, d.neuron)
		r.ReportEpoch, r.ReportError = epoch, reason(err)
		if err == nil {
			r.Report, r.Signature, r.ReportAt = string(s.Body), s.Header(), i.now()
		}
	}
	if d.attest {
		result, err := i.challenge(ctx, d.neuron, session, a)
		r.AttestError = reason(err)
		if err == nil {
			r.Devices, r.Kind, r.AttestedAt, r.AttestedEpoch = result.Devices, result.Kind, i.now(), epoch
		}
	}
	i.log.Debug("hardware inspected", "miner", r.Hotkey, "report", r.ReportError, "attestation", r.AttestError)
	return r
}

// report fetches and verifies what a miner says of its hardware.
func (i *Inspector) report(ctx context.Context, n chain.Neuron) (*wire.SignedHardware, error) {
	s, err := i.client.Hardware(ctx, n.URL)
	if err != nil {
		return nil, err
	}
	key, err := wire.ParseServicePublic(n.ServiceKey)
	if err != nil {
		return nil, err
	}
	p := wire.HardwarePolicy{ChainID: i.self.ChainID, Netuid: i.self.Netuid, Hotkey: n.Hotkey, ServiceKey: key}
	_, err = s.Verify(i.now(), p)
	if errors.Is(err, wire.ErrHardwareMismatch) && i.signerOf != nil {
		// Its owner may have let another key sign for the hotkey.
		if p.Signer, err = i.signerOf(ctx, n.Hotkey); err == nil {
			_, err = s.Verify(i.now(), p)
		}
	}
	return s, err
}

// challenge has a miner's hardware answer a nonce that nobody could foresee and that is good for this miner alone.
func (i *Inspector) challenge(ctx context.Context, n chain.Neuron, session *wire.Session, a task.Attestation) (attest.Result, error) {
	key, err := wire.ParseServicePublic(n.ServiceKey)
	if err != nil {
		return attest.Result{}, err
	}
	b := attest.Binding{ChainID: i.self.ChainID, Netuid: i.self.Netuid, Hotkey: n.Hotkey, ServiceKey: key}
	rand.Read(b.Challenge[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	reply, err := i.client.Do(ctx, wire.Call{
		Session: session, Endpoint: n.URL, To: n.Hotkey, ServiceKey: key, Netuid: i.self.Netuid, Path: wire.AttestationPath, Body: wire.EncodeChallenge(b.Challenge),
	})
	if err != nil {
		return attest.Result{}, err
	}
	e, err := attest.DecodeEvidence(reply.Body)
	if err != nil {
		return attest.Result{}, err
	}
	if !a.Takes(e.Kind) {
		return attest.Result{}, fmt.Errorf("%w: %.32q, the subnet takes %v", attest.ErrKind, e.Kind, a.Kinds)
	}
	return i.verifiers.Verify(e, b, i.now())
}

// judge tells the scorebook who is held back, and whether that has changed.
func (i *Inspector) judge(v *View, a task.Attestation) bool {
	var all []identity
	if a.On() {
		for _, n := range v.Metagraph.Serving() {
			if n.Hotkey == i.self.Hotkey.String() {
				continue
			}
			id := identity{neuron: n}
			id.devices, id.why = i.records[n.Hotkey].attested(n, v.Epoch().Index)
			all = append(all, id)
		}
	}
	now := holds(a, all)
	if maps.Equal(now, i.held) {
		return false
	}
	for miner, h := range now {
		if i.held[miner] != h {
			i.log.Info("miner is held back", "miner", miner, "gate", h.Gate, "why", h.Why)
		}
	}
	i.held = now
	i.book.HoldBack(now)
	return true
}

// reason is an error on one line, short enough to be kept.
func reason(err error) string {
	if err == nil {
		return ""
	}
	s := strings.Join(strings.Fields(err.Error()), " ")
	return strings.ToValidUTF8(s[:min(len(s), maxReason)], "")
}
