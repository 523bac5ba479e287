package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

const (
	// gasRetries is how often a transaction that ran out of gas is sent again, and gasGrowth by how much more gas each
	// time: state may have grown between the simulation and the block.
	gasRetries = 2
	gasGrowth  = 1.5
)

// errAgain says that what was signed can never take effect any more, so that signing afresh is safe.
var errAgain = errors.New("transaction is void")

// TxOptions of a queue.
type TxOptions struct {
	// FeeGranter pays the fees instead of the signer; empty for the signer.
	FeeGranter sdk.AccAddress
	// Memo of each transaction, at most 239 bytes; a nonce follows it.
	Memo string
}

// TxQueue is the one writer of transactions for one key. It has one transaction in flight at a time and sends them in the
// order of Submit.
//
// What is submitted takes effect at most once, whatever happens to the node meanwhile: the same signed bytes are sent
// again and again until they are found in a block or until no block can include them any more, which is when their
// sequence was used by another transaction or their timeout height has passed. Only then are the messages signed afresh.
//
// Another program that signs with the same key costs time and nothing else.
type TxQueue struct {
	node    node
	signer  signer
	cfg     Config
	log     *slog.Logger
	sender  sdk.AccAddress
	opts    TxOptions
	jobs    chan job
	done    chan struct{}
	running atomic.Bool

	// Only Run's goroutine touches these.
	self  account // what the next transaction is signed for
	known bool    // whether self can be relied on
	lost  bool    // whether the last request found no node
}

type job struct {
	ctx   context.Context
	msgs  []sdk.Msg
	reply chan outcome
}

type outcome struct {
	result TxResult
	err    error
}

// NewTxQueue makes a queue for the key. Errors: ErrNoKey, ErrKeyring, ErrConfig.
func NewTxQueue(c *Client, k *Keyring, keyName string, opts TxOptions) (*TxQueue, error) {
	if len(opts.Memo) > maxMemo {
		return nil, fmt.Errorf("%w: memo of %d bytes, at most %d", ErrConfig, len(opts.Memo), maxMemo)
	}
	sender, err := k.Address(keyName)
	if err != nil {
		return nil, err
	}
	return newTxQueue(rpcNode{c}, newKeySigner(c, k, keyName, opts), c.cfg, c.log, sender, opts), nil
}

func newTxQueue(n node, s signer, cfg Config, log *slog.Logger, sender sdk.AccAddress, opts TxOptions) *TxQueue {
	return &TxQueue{
		node: n, signer: s, cfg: cfg, sender: sender, opts: opts,
		log:  log.With("part", "transactions", "account", sender.String()),
		jobs: make(chan job), done: make(chan struct{}),
	}
}

// Address is the account that signs.
func (q *TxQueue) Address() sdk.AccAddress { return q.sender }

// Run sends what is submitted until ctx ends, and returns its error. It is called once.
func (q *TxQueue) Run(ctx context.Context) error {
	if q.running.Swap(true) {
		return fmt.Errorf("%w: Run was called before", ErrQueueStopped)
	}
	defer close(q.done)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j := <-q.jobs:
			work, cancel := context.WithCancelCause(j.ctx)
			stop := context.AfterFunc(ctx, func() { cancel(ErrQueueStopped) })
			result, err := q.process(work, j.msgs)
			stop()
			cancel(nil)
			j.reply <- outcome{result, err}
		}
	}
}

// Submit sends the messages as one transaction, all or none of which take effect, and waits until it is in a block. It may
// be called from many goroutines at once and waits for its turn, and through outages of the node, as long as ctx lets it.
//
// The error is a *Refusal if the chain refuses; ErrNoAccount; ErrQueueStopped; or the context's. The last two come with
// ErrOutcomeUnknown if the transaction may have been included or may yet be: look at the state before submitting again.
func (q *TxQueue) Submit(ctx context.Context, msgs ...sdk.Msg) (TxResult, error) {
	if len(msgs) == 0 {
		return TxResult{}, fmt.Errorf("%w: a transaction needs at least one message", ErrConfig)
	}
	j := job{ctx: ctx, msgs: msgs, reply: make(chan outcome, 1)}
	// Who stopped the queue or gave up before must not win by chance against a Run that is ready.
	if err := ctx.Err(); err != nil {
		return TxResult{}, err
	}
	select {
	case q.jobs <- j:
		o := <-j.reply
		return o.result, o.err
	case <-ctx.Done():
		return TxResult{}, ctx.Err()
	case <-q.done:
		return TxResult{}, ErrQueueStopped
	}
}

// process brings the messages into a block.
func (q *TxQueue) process(ctx context.Context, msgs []sdk.Msg) (TxResult, error) {
	adjustment, moreGas, again := q.cfg.GasAdjustment, gasRetries, 0
	for {
		s, err := q.sign(ctx, msgs, adjustment)
		if err != nil {
			return TxResult{}, q.explain(err)
		}
		result, err := q.settle(ctx, s)
		r := asRefusal(err)
		switch {
		case errors.Is(err, errAgain):
			q.log.Info("transaction cannot be included any more, signing it afresh", "hash", s.name(), "sequence", s.sequence)
			// The first race for a sequence is run at once; then somebody else is fast, and a block decides.
			if again++; again > 1 {
				if err := q.pause(ctx); err != nil {
					return TxResult{}, err
				}
			}
		case r != nil && r.is(sdkerrors.ErrOutOfGas) && moreGas > 0:
			moreGas--
			adjustment *= gasGrowth
			q.log.Warn("transaction ran out of gas, sending it with more", "hash", s.name(), "adjustment", adjustment)
		default:
			return result, q.explain(err)
		}
	}
}

// explain tells a refusal whom its hint is about.
func (q *TxQueue) explain(err error) error {
	if r := asRefusal(err); r != nil {
		r.signer, r.payer = q.sender.String(), q.sender.String()
		if len(q.opts.FeeGranter) > 0 {
			r.payer = q.opts.FeeGranter.String()
		}
	}
	return err
}

// sign simulates and signs the messages for the next sequence, as soon as a node answers.
func (q *TxQueue) sign(ctx context.Context, msgs []sdk.Msg, adjustment float64) (signed, error) {
	for first := true; ; first = false {
		s, err := q.trySign(ctx, msgs, adjustment)
		switch r := asRefusal(err); {
		case err == nil:
			q.found()
			return s, nil
		case ctx.Err() != nil:
			return signed{}, context.Cause(ctx)
		case r != nil && r.is(sdkerrors.ErrWrongSequence):
			q.learn(r)
			if first {
				continue
			}
		case r != nil, permanent(err):
			return signed{}, err
		default:
			q.missed(err)
		}
		if err := q.pause(ctx); err != nil {
			return signed{}, err
		}
	}
}

// permanent says whether trying again would give the same error.
func permanent(err error) bool {
	return errors.Is(err, ErrNoAccount) || errors.Is(err, ErrKeyring) || errors.Is(err, ErrNoKey) || errors.Is(err, errUnsignable)
}

func (q *TxQueue) trySign(ctx context.Context, msgs []sdk.Msg, adjustment float64) (signed, error) {
	if !q.known {
		a, err := q.node.account(ctx, q.sender)
		if err != nil {
			return signed{}, err
		}
		q.self, q.known = a, true
	}
	// The height comes before the signature, so that no block up to it can hold the transaction.
	height, err := q.node.height(ctx)
	if err != nil {
		return signed{}, err
	}
	unsigned, err := q.signer.simulation(q.self, msgs)
	if err != nil {
		return signed{}, err
	}
	used, err := q.node.simulate(ctx, unsigned)
	if err != nil {
		return signed{}, err
	}
	gas := uint64(float64(used) * adjustment)
	timeout := height + q.cfg.TimeoutBlocks
	bytes, err := q.signer.sign(ctx, q.self, gas, uint64(timeout), msgs)
	if err != nil {
		return signed{}, err
	}
	return newSigned(bytes, q.self.sequence, height, timeout), nil
}

// learn takes the sequence that the node wants from its refusal, which knows of transactions that are not in a block yet,
// or else asks again.
func (q *TxQueue) learn(r *Refusal) {
	want, ok := sequenceWanted(r)
	q.log.Info("sequence was used by another transaction", "had", q.self.sequence, "want", want)
	q.self.sequence, q.known = want, ok && q.known
}

// forget asks for the sequence again before the next signature.
func (q *TxQueue) forget() { q.known = false }

// pause waits one poll interval.
func (q *TxQueue) pause(ctx context.Context) error { return sleep(ctx, q.cfg.PollEvery) }

// missed and found log the first request of an outage that failed and the first after it that did not.
func (q *TxQueue) missed(err error) {
	if !q.lost {
		q.log.Warn("node cannot be used, waiting for it", "error", oneLine(err))
	}
	q.lost = true
}

func (q *TxQueue) found() {
	if q.lost {
		q.log.Info("node answers again")
	}
	q.lost = false
}
