package validator

import (
	"io"
	"log/slog"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// What the tests outside the package may reach.

// CommitterOf is a daemon's committer.
func CommitterOf(d *Daemon) *Committer { return d.committer }

// BookOf is a daemon's scorebook.
func BookOf(d *Daemon) *Scorebook { return d.book }

// MetricsOf are a daemon's metrics.
func MetricsOf(d *Daemon) *Metrics { return d.metrics }

// NewTestCommitter makes a committer alone.
func NewTestCommitter(self Self, n Network, s Sender, store *Store, scores Scores, strategy Strategy, after func(string) error) *Committer {
	clock := NewClock(nil)
	clock.interval = 10 * time.Millisecond
	return &Committer{
		self: self, config: DefaultConfig(), network: n, sender: s, clock: clock, store: store, scores: scores, strategy: strategy,
		metrics: NewMetrics(clock), log: slog.New(slog.NewTextHandler(io.Discard, nil)), after: after,
	}
}

// MayJudge is what start checks of a mechanism.
func (s Self) MayJudge(e scoringtypes.Epoch, subnet subnettypes.Subnet) error {
	return s.mayJudge(e, subnet)
}

// Places are where a configuration keeps its store and its scores, and Judged the subnet as it judges it.
func (c Config) Places() (store, scores string)                 { return c.storePath(), c.scoresPath() }
func (c Config) Judged(s subnettypes.Subnet) subnettypes.Subnet { return c.judged(s) }

// Identity is what is known of a neuron's hardware.
func Identity(n chain.Neuron, why string, devices ...string) identity {
	return identity{neuron: n, devices: devices, why: why}
}

// Unasked is a neuron whose hardware was never asked.
func Unasked(n chain.Neuron) identity { return identity{neuron: n, unasked: true} }

// Identity is what a record, perhaps none, says of a neuron in an epoch.
func (r *HardwareRecord) Identity(n chain.Neuron, epoch uint64) identity { return r.identity(n, epoch) }

// Identities are several.
type Identities = []identity

// Holds is who is held back.
func Holds(a task.Attestation, all ...identity) map[task.MinerID]task.Hold { return holds(a, all) }

// Steps between which a committer may be killed.
var Steps = []string{stepPrepared, stepCommitSent, stepRevealing, stepRevealSent}

// LeafOf makes a record of a leaf.
func LeafOf(l exam.Leaf, registered int64) *LeafRecord {
	return &LeafRecord{Leaf: l, RegisteredAt: registered}
}

// Questions and Samples count a metric's outcomes.
func (m *Metrics) Questions(outcome string) float64 {
	return m.outcomes("agon_validator_questions_total", outcome)
}

func (m *Metrics) Samples(outcome string) float64 {
	return m.outcomes("agon_validator_samples_total", outcome)
}

func (m *Metrics) outcomes(name, outcome string) float64 {
	families, err := m.registry.Gather()
	if err != nil {
		return -1
	}
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			for _, l := range metric.GetLabel() {
				if f.GetName() == name && l.GetValue() == outcome {
					return metric.GetCounter().GetValue()
				}
			}
		}
	}
	return 0
}

// NewTestDisputer makes a disputer alone.
func NewTestDisputer(self Self, n Network, c Disputes, s Sender, store *Store, book Suspicions, folder string, after func(string) error) *Disputer {
	clock := NewClock(nil)
	clock.interval = 10 * time.Millisecond
	config := Config{Home: folder}
	return &Disputer{
		self: self, network: n, disputes: c, sender: s, clock: clock, store: store, book: book,
		evidence: EvidenceFolder{config.evidencePath()}, report: &DisputesFile{Path: config.disputesPath()}, metrics: NewMetrics(clock),
		log: slog.New(slog.NewTextHandler(io.Discard, nil)), after: after,
	}
}

// Steps between which a disputer may be killed.
var (
	AccuseSteps = []string{stepAccusing, stepAccuseSent}
	VoteSteps   = []string{stepVotePromised, stepVoteSent, stepVoteRevealed}
)

// HonestAnswers is what a judge must have looked at, and Thousandths the evidence as the chain counts it.
const HonestAnswers = honestAnswers

func Thousandths(log10 float64) uint32 { return thousandths(log10) }

// MaxDossier bounds what is kept of a miner.
const MaxDossier = maxDossier
