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
	"unicode"

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
	// reportTimeout is how long a report is waited for: it costs a miner nothing, and one that is slow keeps others waiting.
	reportTimeout = 15 * time.Second
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
	warned  uint64 // the epoch in which canVerify was last complained about
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
	var s attest.Sources
	named := false
	for _, f := range []struct {
		field, path string
		to          *[]byte
	}{
		{"attestation_roots", c.AttestationRoots, &s.DeviceRoots},
		{"attestation_service_roots", c.AttestationServiceRoots, &s.ServiceRoots},
		{"attestation_jwks", c.AttestationJWKS, &s.ServiceKeys},
	} {
		if f.path == "" {
			continue
		}
		raw, err := os.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrConfig, f.field, err)
		}
		*f.to, named = raw, true
	}
	if !named {
		return nil, nil
	}
	v, err := attest.NewVerifiers(s)
	if err != nil {
		return nil, fmt.Errorf("%w: attestation_roots, attestation_service_roots, attestation_jwks: %w", ErrConfig, err)
	}
	return v, nil
}

// canVerify refuses to judge in a subnet that requires what this validator cannot verify: it would hold everybody back. Errors: [ErrConfig].
func (i *Inspector) canVerify(a task.Attestation) error {
	if a.Mode != task.AttestationRequired || i.verifies(a) {
		return nil
	}
	want := "any kind"
	if len(a.Kinds) > 0 {
		want = strings.Join(a.Kinds, " or ")
	}
	return fmt.Errorf("%w: the subnet requires attested hardware of %s, this validator can verify %v; name the vendor's certificates or keys with --attestation-roots, --attestation-service-roots or --attestation-jwks",
		ErrConfig, want, i.verifiers.Kinds())
}

// verifies says whether there is evidence that the subnet takes and this validator can verify. Hardware is not troubled for any other.
func (i *Inspector) verifies(a task.Attestation) bool {
	return a.On() && slices.ContainsFunc(i.verifiers.Kinds(), a.Takes)
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
	if err := i.canVerify(a); err != nil {
		// The owner began to require it while this validator runs. It could only hold everybody back, the honest with the others: it holds back nobody.
		if epoch := v.Epoch().Index; i.warned != epoch {
			i.warned = epoch
			i.metrics.failures.WithLabelValues("hardware").Inc()
			i.log.Error("hardware is not judged, and nobody held back for it; this validator will not start again without", "error", err)
		}
		a = task.Attestation{Mode: task.AttestationOff}
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
	if i.verifies(a) && len(due) > 0 {
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
	challenged     bool // since it registered, perhaps under another service key
}

// due are the miners that lack something in this epoch and may be asked now. It counts the try.
func (i *Inspector) due(v *View, uid uint16, a task.Attestation) []inspection {
	epoch := v.Epoch().Index
	pause := max(1, int64(v.Subnet.Hyperparams.Tempo)/8)
	var out []inspection
	for _, n := range askable(v, uid) {
		d := inspection{neuron: n, old: i.records[n.Hotkey], challenged: i.records[n.Hotkey].tried(n)}
		if !d.old.of(n) {
			d.old = nil
		}
		d.report = d.old == nil || d.old.ReportEpoch != epoch || d.old.ReportError != ""
		d.attest = i.verifies(a) && (d.old == nil || d.old.AttestedEpoch != epoch || d.old.AttestError != "")
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
	r.Challenged = d.challenged
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
		r.AttestError, r.Challenged = reason(err), true
		if err == nil {
			r.Devices, r.Kind, r.AttestedAt, r.AttestedEpoch = result.Devices, result.Kind, i.now(), epoch
		}
	}
	i.log.Debug("hardware inspected", "miner", r.Hotkey, "report", r.ReportError, "attestation", r.AttestError)
	return r
}

// report fetches and verifies what a miner says of its hardware.
func (i *Inspector) report(ctx context.Context, n chain.Neuron) (*wire.SignedHardware, error) {
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	s, err := i.client.Hardware(ctx, n.URL)
	if err != nil {
		return nil, err
	}
	key, err := wire.ParseServicePublic(n.ServiceKey)
	if err != nil {
		return nil, err
	}
	p := wire.HardwarePolicy{ChainID: i.self.ChainID, Netuid: i.self.Netuid, Hotkey: n.Hotkey, ServiceKey: key}
	if i.signerOf != nil {
		// Its owner may let another key sign for the hotkey, as one does whose own key was stolen: then that one says nothing for it any more.
		if p.Signer, err = i.signerOf(ctx, n.Hotkey); err != nil {
			return nil, err
		}
	}
	_, err = s.Verify(i.now(), p)
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
			all = append(all, i.records[n.Hotkey].identity(n, v.Epoch().Index))
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

// reason is an error on one line, short enough to be kept. A miner has its words in it, and they are shown on terminals.
func reason(err error) string {
	if err == nil {
		return ""
	}
	s := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, err.Error())
	s = strings.Join(strings.Fields(s), " ")
	return strings.ToValidUTF8(s[:min(len(s), maxReason)], "")
}
