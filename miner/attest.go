package miner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/verify/attest"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	maxChallenge = 256 // bytes of a request's body
	// A validator asks once in an epoch, and again where it failed. Evidence costs seconds and perhaps a call to the vendor's service.
	attestRate, attestBurst = 1.0 / 30, 4
	// maxAttestQueue is how many challenges wait for the one under way.
	maxAttestQueue = 8
	// maxGuests is how many of these together may be by neurons that have no permit to judge: pay hangs on the answers to the others, and a uid costs
	// little to one who would keep those from being given.
	maxGuests = 2
	// maxAskers is how many neurons, and how many strangers, are remembered.
	maxAskers = 4096
	// askerTTL and strangerTTL are the ages up to which the chain's word on an asker is believed.
	askerTTL, strangerTTL = 10 * time.Minute, 30 * time.Second
	// askerQueries and askerQueryBurst bound how often the node is asked about accounts not met before, in a second: they cost nothing to make up.
	askerQueries, askerQueryBurst = 5, 20
)

// Attestor gets evidence about this machine's hardware for a nonce.
type Attestor interface {
	Attest(ctx context.Context, nonce [32]byte) (attest.Evidence, error)
}

// attestation answers challenges of the subnet's neurons. Who is none gets nothing: evidence is dear, and who may ask without end keeps others
// from getting any.
type attestation struct {
	h        *handler // signs and sends replies
	attestor Attestor
	policy   wire.RequestPolicy
	askers   *askers
	rates    *rates
	running  *semaphore.Weighted
	inside   *semaphore.Weighted
	guests   *semaphore.Weighted
	timeout  time.Duration // of one answer, the wait included
}

func newAttestation(o Options, h *handler, start time.Time) (*attestation, error) {
	perAsker, err := newRates(attestRate, attestBurst, maxAskers)
	if err != nil {
		return nil, err
	}
	known, err := newAskers(o.Chain, o.Config.Netuid, o.Now)
	if err != nil {
		return nil, err
	}
	return &attestation{
		h: h, attestor: o.Attestor, askers: known, rates: perAsker,
		policy: wire.RequestPolicy{
			ChainID: o.Config.ChainID, To: o.Hotkey.String(), Netuid: uint16(o.Config.Netuid),
			MaxSkew: o.Config.MaxSkew, NotBefore: start.Add(o.Config.MaxSkew),
			Replay: wire.NewReplayCache(4*attestBurst, maxAskers),
		},
		running: semaphore.NewWeighted(1), inside: semaphore.NewWeighted(1 + maxAttestQueue), guests: semaphore.NewWeighted(maxGuests), timeout: 2 * o.Config.AttestationTimeout,
	}, nil
}

func (a *attestation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	received := a.h.now()
	// A writer that knows no deadlines is not a connection, and needs none.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(readTimeout + a.timeout + 10*time.Second))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxChallenge))
	if err != nil {
		a.h.refuse(w, received, fmt.Errorf("%w: at most %d bytes", wire.ErrChallenge, maxChallenge))
		return
	}
	p := a.policy
	judges := false
	p.Admit = func(q *wire.Request) (err error) {
		if err := a.rates.take(q.From, received); err != nil {
			return err
		}
		judges, err = a.askers.check(r.Context(), q.From)
		return err
	}
	req, err := wire.Verify(r, body, received, p)
	if err != nil {
		a.h.refuse(w, received, err)
		return
	}
	out, err := a.answer(r.Context(), body, judges)
	if err != nil {
		a.h.logFailure(req, err)
		a.h.finish(w, r, req, received, failed(err))
		return
	}
	a.h.finish(w, r, req, received, reply{status: http.StatusOK, typ: contentTypeJSON, body: out})
}

func (a *attestation) answer(ctx context.Context, body []byte, judges bool) ([]byte, error) {
	challenge, err := wire.DecodeChallenge(body)
	if err != nil {
		return nil, err
	}
	busy := &retryError{after: 5 * time.Second, api: wire.NewAPIError(http.StatusServiceUnavailable, "overloaded", "", "other challenges are being answered; try again later")}
	if !judges {
		if !a.guests.TryAcquire(1) {
			return nil, busy
		}
		defer a.guests.Release(1)
	}
	if !a.inside.TryAcquire(1) {
		return nil, busy
	}
	defer a.inside.Release(1)
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	if a.running.Acquire(ctx, 1) != nil {
		return nil, busy
	}
	defer a.running.Release(1)
	// The nonce is made here and nowhere else: a challenge cannot be chosen so that evidence is good for another miner.
	nonce := attest.Binding{
		ChainID: a.h.chainID, Netuid: a.h.netuid, Hotkey: a.h.hotkey, ServiceKey: a.h.service.Public(), Challenge: challenge,
	}.Nonce()
	e, err := a.attestor.Attest(ctx, nonce)
	if err != nil {
		a.h.log.Warn("the hardware answered no challenge", "error", flat(err))
		return nil, wire.NewAPIError(http.StatusServiceUnavailable, "attestation_failed", "", "the hardware gave no evidence; its operator's log says why")
	}
	out, err := json.Marshal(e)
	if err == nil && len(out) > wire.MaxAttestation {
		err = fmt.Errorf("evidence has %d bytes, at most %d may be sent", len(out), wire.MaxAttestation)
	}
	return out, err
}

// asker is what the chain said of a neuron, and when.
type asker struct {
	at     time.Time
	judges bool
}

// askers says which accounts belong to the subnet's neurons: a hotkey, or the key that signs for one. Neurons and strangers are remembered apart.
type askers struct {
	chain     Chain
	netuid    uint32
	now       func() time.Time
	known     *lru.Cache[string, asker]
	strangers *lru.Cache[string, time.Time] // when the chain was asked
	queries   *rate.Limiter
}

func newAskers(c Chain, netuid uint32, now func() time.Time) (*askers, error) {
	known, err := lru.New[string, asker](maxAskers)
	if err != nil {
		return nil, err
	}
	strangers, err := lru.New[string, time.Time](maxAskers)
	if err != nil {
		return nil, err
	}
	return &askers{c, netuid, now, known, strangers, rate.NewLimiter(askerQueries, askerQueryBurst)}, nil
}

// check says whether a neuron that asks may judge, and refuses who is none.
func (k *askers) check(ctx context.Context, from string) (judges bool, err error) {
	now := k.now()
	stranger := wire.NewAPIError(http.StatusForbidden, "not_a_neuron", "",
		fmt.Sprintf("%s is no neuron of subnet %d; hardware answers challenges of the subnet's neurons only", from, k.netuid))
	if a, ok := k.known.Get(from); ok && now.Sub(a.at) < askerTTL {
		return a.judges, nil
	}
	if at, ok := k.strangers.Get(from); ok && now.Sub(at) < strangerTTL {
		return false, stranger
	}
	if !k.queries.AllowN(now, 1) {
		return false, &retryError{after: time.Second, api: wire.NewAPIError(http.StatusServiceUnavailable, "chain_unavailable", "", "too many new accounts ask; try again in a second")}
	}
	ctx, cancel := context.WithTimeout(ctx, balanceTimeout)
	defer cancel()
	key, err := sdk.AccAddressFromBech32(from)
	if err != nil {
		return false, stranger
	}
	hotkey, err := k.chain.SignsFor(ctx, key)
	if err == nil {
		_, err = k.chain.Neuron(ctx, k.netuid, hotkey.String())
	}
	if err == nil {
		judges, err = k.chain.Judges(ctx, k.netuid, hotkey.String())
	}
	switch {
	case err == nil:
		k.known.Add(from, asker{now, judges})
		return judges, nil
	case errors.Is(err, subnettypes.ErrKeySwapped), errors.Is(err, ErrNotRegistered):
		k.known.Remove(from)
		k.strangers.Add(from, now)
		return false, stranger
	}
	return false, &retryError{after: time.Second, api: wire.NewAPIError(http.StatusServiceUnavailable, "chain_unavailable", "", "the chain cannot be asked who you are; try again later")}
}
