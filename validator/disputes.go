package validator

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"

	"github.com/agon-chain/agon/task"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Disputes is what the daemon reads of accusations. Methods are safe for concurrent use and may fail while the node is away.
type Disputes interface {
	// DisputeParams of the module.
	DisputeParams(ctx context.Context) (disputetypes.Params, error)
	// OpenCases of the subnet.
	OpenCases(ctx context.Context) ([]disputetypes.Case, error)
	// Case with its bench; false where it is not kept any more.
	Case(ctx context.Context, id uint64) (disputetypes.Case, []disputetypes.Judge, bool, error)
	// CasesOf a miner that are kept, the newest first; some of them at least.
	CasesOf(ctx context.Context, miner string) ([]disputetypes.Case, error)
	// Accuser is how many cases the validator has open, and until when it is barred.
	Accuser(ctx context.Context) (disputetypes.QueryAccuserResponse, error)
}

// lookEvery is how often, in blocks, open cases are asked for while none concerns this validator.
const lookEvery = 3

// Disputer accuses the miners that its validator has found out, and judges those that others accuse. At every height it compares what it keeps
// with what the chain has and does what follows; it holds nothing that a restart would lose.
type Disputer struct {
	self     Self
	network  Network
	disputes Disputes
	sender   Sender
	clock    *Clock
	store    *Store
	book     Suspicions
	evidence EvidenceFolder
	report   *DisputesFile
	metrics  *Metrics
	log      *slog.Logger

	looked  int64           // height at which cases were last asked for
	foreign map[uint64]bool // open cases on whose bench somebody else sits
	said    map[string]bool
	// after, if set, is called behind each step that a crash could follow; its error is returned at once. For tests.
	after func(step string) error
}

// Suspicions is what a validator has found out of miners; a Scorebook is one.
type Suspicions interface {
	KeepsAccounts() bool
	Accused() []task.MinerID
	Accounts(m task.MinerID) ([]task.Account, error)
	Dossier(m task.MinerID) (accounts []task.Account, rounds []DossierRound, params string, err error)
	Kind() string
}

// Kind of the task.
func (b *Scorebook) Kind() string { return b.task.Kind }

// Steps of the disputer, between which it may be killed.
const (
	stepAccusing     = "accusing"
	stepAccuseSent   = "accuse-sent"
	stepVotePromised = "vote-promised"
	stepVoteSent     = "vote-sent"
	stepVoteRevealed = "vote-reveal-sent"
)

func (d *Disputer) crossed(step string) error {
	if d.after == nil {
		return nil
	}
	return d.after(step)
}

// Run accuses and judges until ctx ends. Only the store's failures end it, a hotkey that lost its place, and a key that no longer signs for it.
func (d *Disputer) Run(ctx context.Context) error {
	var h int64
	for {
		var err error
		if h, err = d.clock.Wait(ctx, h+1); err != nil {
			return err
		}
		if err := d.Step(ctx, h); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrStore) || errors.Is(err, ErrNotRegistered) || errors.Is(err, subnettypes.ErrKeySwapped) {
				return err
			}
			d.metrics.failures.WithLabelValues("dispute").Inc()
			d.log.Warn("accusations could not be looked after at this height", "height", h, "error", err)
		}
	}
}

// Step does all that is to be done at one height.
func (d *Disputer) Step(ctx context.Context, h int64) error {
	if !d.book.KeepsAccounts() {
		d.once("accounts", "this task's examiner keeps no accounts of evidence: nobody is accused or judged", "task", d.book.Kind())
		return nil
	}
	votes, err := d.store.Votes()
	if err != nil {
		return err
	}
	busy, err := d.busy(votes)
	if err != nil || !busy && d.looked > 0 && h < d.looked+lookEvery {
		return err
	}
	v, err := d.network.View(ctx, h)
	if err != nil {
		return err
	}
	if _, err := d.self.UID(v); err != nil {
		return err
	}
	open, err := d.disputes.OpenCases(ctx)
	if err != nil {
		return err
	}
	d.looked = h
	if err := d.judgeAll(ctx, v, votes, open); err != nil {
		return err
	}
	if err := d.accuseAll(ctx, v, open); err != nil {
		return err
	}
	return d.tell()
}

// busy says whether a vote or an accusation of ours waits for something.
func (d *Disputer) busy(votes []VoteRecord) (bool, error) {
	accusations, err := d.store.Accusations()
	return slices.ContainsFunc(votes, func(r VoteRecord) bool { return !r.Done }) ||
		slices.ContainsFunc(accusations, func(r AccusationRecord) bool { return !r.Done }), err
}

// compose is all that there is of a miner, as evidence.
func (d *Disputer) compose(v *View, miner string) (Evidence, error) {
	accounts, rounds, params, err := d.book.Dossier(task.MinerID(miner))
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{
		Format: evidenceFormat, ChainID: d.self.ChainID, Netuid: d.self.Netuid, Validator: d.self.Hotkey.String(), Miner: miner,
		Task: d.book.Kind(), TaskParams: params, Height: v.Height(), Accounts: accounts, Rounds: rounds,
	}
	if n, ok := v.Metagraph.ByHotkey(miner); ok {
		e.ServiceKey = hex.EncodeToString(n.ServiceKey)
	}
	return e, nil
}

// patience for one transaction.
func (d *Disputer) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, min(max(patienceBlocks*d.clock.Interval(), minPatience), maxPatience))
}

// tell writes what there is for reading, and lets go of evidence that nothing names any more.
func (d *Disputer) tell() error {
	accusations, err := d.store.Accusations()
	if err != nil {
		return err
	}
	votes, err := d.store.Votes()
	if err != nil {
		return err
	}
	changed, err := d.report.Write(accusations, votes)
	if err != nil {
		d.log.Warn("disputes were not written for reading", "error", err)
		return nil
	}
	if !changed {
		return nil
	}
	var named [][]byte
	for _, a := range accusations {
		named = append(named, a.Evidence)
	}
	for _, r := range votes {
		named = append(named, r.Evidence)
	}
	return d.evidence.Retain(named)
}

// once logs something once until it is forgotten.
func (d *Disputer) once(what, message string, args ...any) {
	if d.said == nil {
		d.said = map[string]bool{}
	}
	if !d.said[what] {
		d.said[what] = true
		d.log.Warn(message, args...)
	}
}
