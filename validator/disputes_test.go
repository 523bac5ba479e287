package validator_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/verify/sequential"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

// suspect is what a validator has found out, said by hand.
type suspect map[task.MinerID][]task.Account

func (s suspect) KeepsAccounts() bool { return true }
func (s suspect) Kind() string        { return "chat" }
func (s suspect) Accused() (out []task.MinerID) {
	for m, accounts := range s {
		for _, a := range accounts {
			if a.Accused {
				out = append(out, m)
			}
		}
	}
	return out
}
func (s suspect) Accounts(m task.MinerID) ([]task.Account, error) { return s[m], nil }
func (s suspect) Dossier(m task.MinerID) ([]task.Account, []validator.DossierRound, string, error) {
	return s[m], []validator.DossierRound{{Round: 7, After: s[m], Answers: []json.RawMessage{[]byte(`{"question":{}}`)}}}, "{}", nil
}

func caught() []task.Account {
	return []task.Account{{Of: "m@1", Since: 3, Answers: 12, Log10: 4, Peak: 4, Accused: true, By: "replay", Layers: map[string]float64{"replay": 4}, State: []byte(`{}`)}}
}

func clean(answers int, log10 float64) []task.Account {
	return []task.Account{{Of: "m@1", Since: 3, Answers: answers, Log10: log10, Peak: max(log10, 0), State: []byte(`{}`)}}
}

// trial is a court with a miner, a judge, and another judge who is not run.
type trial struct {
	*bench
	court *court
	book  suspect
	home  string
}

func newTrial(t *testing.T) *trial {
	b := newBench(t)
	b.neurons[b.uid].Permit = true
	b.add(chain.Neuron{Hotkey: address("other").String(), Stake: 50, Permit: true})
	return &trial{bench: b, court: newCourt(b.fakeChain, b.self.Hotkey.String(), address("other").String()), book: suspect{}, home: t.TempDir()}
}

func (b *trial) disputer(after func(string) error) *validator.Disputer {
	return validator.NewTestDisputer(b.self, view{b.fakeChain, b.self}, asks{b.court, b.self}, sender{b.fakeChain, b.self.Hotkey, true}, b.store, b.book, b.home, after)
}

func (b *trial) me() string { return b.self.Hotkey.String() }

// run steps a disputer, a block at a time, for some blocks.
func (b *trial) run(d *validator.Disputer, blocks int) error {
	for range blocks {
		if err := d.Step(context.Background(), b.height); err != nil {
			return err
		}
		b.mine()
	}
	return nil
}

// sent are the messages of a kind that were ever sent.
func sent[T sdk.Msg](b *trial) *int {
	n := new(int)
	old := b.onSubmit
	b.onSubmit = func(m sdk.Msg) {
		if old != nil {
			old(m)
		}
		if _, ok := m.(T); ok {
			*n++
		}
	}
	return n
}

// said says that what a vote or an accusation rests on can be read by its hash.
func (b *trial) said(hash []byte) validator.Evidence {
	raw, e, err := validator.ReadEvidence(b.home, 0, hex.EncodeToString(hash))
	require.NoError(b.t, err)
	sum := sha256.Sum256(raw)
	require.Equal(b.t, hash, sum[:])
	return e
}

func TestAccusesWhoIsFoundOutAndVotesGuilty(t *testing.T) {
	b := newTrial(t)
	b.book[task.MinerID(b.miners[1])] = caught()
	accusations := sent[*disputetypes.MsgAccuse](b)
	require.NoError(t, b.run(b.disputer(nil), 30))
	require.Len(t, b.court.cases, 1)
	c := b.court.cases[0]
	require.Equal(t, b.miners[1], c.Miner)
	require.Equal(t, disputetypes.CaseStatus_CASE_STATUS_GUILTY, c.Status)
	require.Equal(t, b.miners[1], b.said(c.Evidence).Miner)
	seat := b.court.verdict(1, b.me())
	require.Equal(t, disputetypes.Verdict_VERDICT_GUILTY, seat.Verdict)
	require.Equal(t, b.me(), b.said(seat.Evidence).Validator)
	require.Empty(t, b.refusals)

	raw, _, err := validator.ReadEvidence(b.home, 0, "1")
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	require.Equal(t, seat.Evidence, sum[:], "by the number of the case")
	_, _, err = validator.ReadEvidence(b.home, 0, "2")
	require.ErrorIs(t, err, validator.ErrNoEvidence)

	require.NoError(t, b.run(b.disputer(nil), 30))
	require.Equal(t, 1, *accusations, "one account is brought once")
	again := caught()
	again[0].Since = 8 // after its term, another account was enough
	b.book[task.MinerID(b.miners[1])] = again
	require.NoError(t, b.run(b.disputer(nil), 30))
	require.Equal(t, 2, *accusations)
}

func TestNobodyIsAccusedInVain(t *testing.T) {
	for name, change := range map[string]func(b *trial){
		"no-permit":       func(b *trial) { b.neurons[b.uid].Permit = false },
		"too-little":      func(b *trial) { b.subnet.Hyperparams.StakeThreshold = 101 },
		"serves-nothing":  func(b *trial) { b.neurons[1].URL = "" },
		"left":            func(b *trial) { b.neurons[1].Hotkey = address("newcomer").String() },
		"more-evidence":   func(b *trial) { b.court.params.MinEvidence = 4001 },
		"barred":          func(b *trial) { b.court.barred = 1000 },
		"max-open-cases":  func(b *trial) { b.court.params.MaxOpenCases = 0 },
		"not-even-looked": func(b *trial) { b.book[task.MinerID(b.miners[1])] = nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := newTrial(t)
			b.book[task.MinerID(b.miners[1])] = caught()
			change(b)
			accusations := sent[*disputetypes.MsgAccuse](b)
			require.NoError(t, b.run(b.disputer(nil), 20))
			require.Zero(t, *accusations, "what the chain would refuse is not paid for")
		})
	}
	t.Run("until-it-can", func(t *testing.T) {
		b := newTrial(t)
		b.book[task.MinerID(b.miners[1])] = caught()
		b.court.barred = 20
		require.NoError(t, b.run(b.disputer(nil), 30))
		require.Len(t, b.court.cases, 1)
	})
}

func TestRefusedAccusations(t *testing.T) {
	for name, c := range map[string]struct {
		refusal error
		tries   int // in 45 blocks
	}{
		"own-miner": {disputetypes.ErrOwnMiner, 1}, "invalid": {disputetypes.ErrInvalidAccusation, 1}, "bench": {disputetypes.ErrBenchTooSmall, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTrial(t)
			b.book[task.MinerID(b.miners[1])] = caught()
			tries := 0
			s := refusing{sender{b.fakeChain, b.self.Hotkey, true}, c.refusal, &tries}
			d := validator.NewTestDisputer(b.self, view{b.fakeChain, b.self}, asks{b.court, b.self}, s, b.store, b.book, b.home, nil)
			require.NoError(t, b.run(d, 45))
			require.Equal(t, c.tries, tries)
		})
	}
}

// refusing refuses everything in a way.
type refusing struct {
	sender
	with  error
	tries *int
}

func (s refusing) Submit(context.Context, ...sdk.Msg) (chain.TxResult, error) {
	*s.tries++
	return chain.TxResult{}, s.with
}

func TestJudgesByWhatItSawBefore(t *testing.T) {
	guilty, not, cannot := disputetypes.Verdict_VERDICT_GUILTY, disputetypes.Verdict_VERDICT_NOT_GUILTY, disputetypes.Verdict_VERDICT_CANNOT_TELL
	for name, c := range map[string]struct {
		before, later []task.Account
		want          disputetypes.Verdict
	}{
		"enough-before":      {caught(), caught(), guilty},
		"enough-later":       {clean(5, 1), caught(), guilty},
		"seen-enough":        {clean(validator.HonestAnswers, -0.5), clean(90, -0.7), not},
		"one-answer-short":   {clean(validator.HonestAnswers-1, -0.5), clean(900, -0.7), cannot},
		"leans-to-guilt":     {clean(200, 0.2), clean(900, -0.7), cannot},
		"never-looked-at":    {nil, clean(900, -0.7), cannot},
		"two-versions":       {append(clean(30, -0.5), clean(20, -0.1)...), clean(30, -0.5), not},
		"one-of-which-leans": {append(clean(300, -0.5), clean(20, 0.1)...), clean(30, -0.5), cannot},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTrial(t)
			b.book[task.MinerID(b.miners[0])] = c.before
			_, err := b.court.open(b.miners[0], address("other").String(), make([]byte, 32))
			require.NoError(t, err)
			d := b.disputer(nil)
			require.NoError(t, d.Step(context.Background(), b.height))
			b.book[task.MinerID(b.miners[0])] = c.later
			require.NoError(t, b.run(d, 20))
			require.Equal(t, c.want, b.court.verdict(1, b.me()).Verdict)
			require.Empty(t, b.refusals)
		})
	}
}

func TestOthersCasesAreLeftAlone(t *testing.T) {
	b := newTrial(t)
	b.court.judges = []string{address("other").String()}
	_, err := b.court.open(b.miners[0], address("other").String(), make([]byte, 32))
	require.NoError(t, err)
	votes := sent[*disputetypes.MsgCommitVote](b)
	require.NoError(t, b.run(b.disputer(nil), 20))
	require.Zero(t, *votes)
	kept, err := b.store.Votes()
	require.NoError(t, err)
	require.Empty(t, kept)
}

// Who is on the bench of another's case says there what it knows, and does not bring it again once that was decided.
func TestSomebodyWasFirst(t *testing.T) {
	b := newTrial(t)
	b.book[task.MinerID(b.miners[1])] = caught()
	_, err := b.court.open(b.miners[1], address("other").String(), make([]byte, 32))
	require.NoError(t, err)
	require.NoError(t, b.run(b.disputer(nil), 60))
	require.Len(t, b.court.cases, 1)
	require.Equal(t, disputetypes.CaseStatus_CASE_STATUS_GUILTY, b.court.cases[0].Status)
}

// What was not decided is brought again after its rest.
func TestUndecidedIsBroughtAgain(t *testing.T) {
	b := newTrial(t)
	b.book[task.MinerID(b.miners[1])] = caught()
	b.court.judges = []string{address("other").String()} // who says nothing
	require.NoError(t, b.run(b.disputer(nil), 70))
	require.GreaterOrEqual(t, len(b.court.cases), 2)
	first := b.court.cases[0]
	require.Equal(t, disputetypes.CaseStatus_CASE_STATUS_UNDECIDED, first.Status)
	require.GreaterOrEqual(t, b.court.cases[1].OpenedAt, first.Outcome.EndedAt+int64(b.court.params.RestAfterUndecided))
}

// TestDisputerKilledAtEachStep kills the disputer behind each of its steps and starts another on the same store: one case, one vote, and all of it in time.
func TestDisputerKilledAtEachStep(t *testing.T) {
	for _, step := range append(append([]string{}, validator.AccuseSteps...), validator.VoteSteps...) {
		t.Run(step, func(t *testing.T) {
			b := newTrial(t)
			b.court.params.CommitBlocks, b.court.params.RevealBlocks = 12, 12
			b.book[task.MinerID(b.miners[1])] = caught()
			b.onSubmit = func(m sdk.Msg) {
				switch m := m.(type) {
				case *disputetypes.MsgAccuse:
					kept, err := b.store.Accusations()
					require.NoError(t, err)
					require.Equal(t, m.Evidence, kept[0].Evidence, "durable before it is visible")
					b.said(m.Evidence)
				case *disputetypes.MsgCommitVote:
					kept, err := b.store.Votes()
					require.NoError(t, err)
					require.Equal(t, m.Hash, kept[0].Hash, "durable before it is visible")
					b.said(kept[0].Evidence)
				}
			}
			left := 2
			kill := func(at string) error {
				if at == step && left > 0 {
					left--
					return errKilled
				}
				return nil
			}
			for range 8 {
				err := b.run(b.disputer(kill), 40)
				if err == nil {
					break
				}
				require.ErrorIs(t, err, errKilled)
				// What is known goes on changing between the tries; what was promised must not.
				b.book[task.MinerID(b.miners[1])] = append(caught(), clean(left, 1)...)
				b.open()
				b.mine()
			}
			require.Less(t, left, 2, "the step was reached")
			require.Len(t, b.court.cases, 1)
			require.Equal(t, disputetypes.CaseStatus_CASE_STATUS_GUILTY, b.court.cases[0].Status)
			require.Len(t, b.court.promises[1], 1, "never two different votes")
			kept, err := b.store.Votes()
			require.NoError(t, err)
			require.Equal(t, validator.VoteRevealed, kept[0].Status)
			require.True(t, kept[0].Done)
		})
	}
}

func TestVotesWhoseOutcomeIsNeverLearned(t *testing.T) {
	for name, f := range map[string]fault{"lost": faultLost, "included": faultMuted} {
		for _, kind := range []string{"accuse", "commit", "reveal"} {
			t.Run(kind+"-"+name, func(t *testing.T) {
				b := newTrial(t)
				b.book[task.MinerID(b.miners[1])] = caught()
				left := 1
				b.fault = func(m sdk.Msg) fault {
					is := map[string]bool{}
					switch m.(type) {
					case *disputetypes.MsgAccuse:
						is["accuse"] = true
					case *disputetypes.MsgCommitVote:
						is["commit"] = true
					case *disputetypes.MsgRevealVote:
						is["reveal"] = true
					}
					if is[kind] && left > 0 {
						left--
						return f
					}
					return faultNone
				}
				require.NoError(t, b.run(b.disputer(nil), 40))
				require.Zero(t, left)
				require.Len(t, b.court.cases, 1)
				require.Equal(t, disputetypes.Verdict_VERDICT_GUILTY, b.court.verdict(1, b.me()).Verdict)
				require.Len(t, b.court.promises[1], 1)
			})
		}
	}
}

func TestVoteThatCannotCount(t *testing.T) {
	lose := func(t *testing.T, kind func(sdk.Msg) bool) validator.VoteRecord {
		b := newTrial(t)
		_, err := b.court.open(b.miners[1], address("other").String(), make([]byte, 32))
		require.NoError(t, err)
		b.fault = func(m sdk.Msg) fault {
			if kind(m) {
				return faultLost
			}
			return faultNone
		}
		require.NoError(t, b.run(b.disputer(nil), 30))
		kept, err := b.store.Votes()
		require.NoError(t, err)
		require.True(t, kept[0].Done)
		return kept[0]
	}
	t.Run("missed", func(t *testing.T) {
		r := lose(t, func(m sdk.Msg) bool { _, ok := m.(*disputetypes.MsgCommitVote); return ok })
		require.Equal(t, validator.VoteMissed, r.Status)
	})
	t.Run("expired", func(t *testing.T) {
		r := lose(t, func(m sdk.Msg) bool { _, ok := m.(*disputetypes.MsgRevealVote); return ok })
		require.Equal(t, validator.VoteExpired, r.Status)
	})
	t.Run("another-process", func(t *testing.T) {
		b := newTrial(t)
		_, err := b.court.open(b.miners[1], address("other").String(), make([]byte, 32))
		require.NoError(t, err)
		require.NoError(t, b.court.handle(&disputetypes.MsgCommitVote{Hotkey: b.me(), CaseId: 1, Hash: make([]byte, 32)}))
		require.NoError(t, b.run(b.disputer(nil), 30))
		kept, err := b.store.Votes()
		require.NoError(t, err)
		require.Equal(t, validator.VoteFailed, kept[0].Status)
		require.Empty(t, b.refusals)
	})
}

func TestAPromisedVoteIsNotChanged(t *testing.T) {
	s := openTestStore(t, filepath.Join(t.TempDir(), "v.db"))
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	r := validator.VoteRecord{Case: 4, Hash: []byte{1}, Status: validator.VotePromised}
	require.NoError(t, s.PutVote(r))
	r.Status = validator.VoteCommitted
	require.NoError(t, s.PutVote(r))
	r.Hash = []byte{2}
	require.ErrorIs(t, s.PutVote(r), validator.ErrVoteExists)
}

func TestThousandths(t *testing.T) {
	require.EqualValues(t, 3000, validator.Thousandths(sequential.Enough/math.Ln10), "what accuses is what the chain asks for")
	require.EqualValues(t, 2999, validator.Thousandths(2.9999))
	require.EqualValues(t, disputetypes.MaxLog10E, validator.Thousandths(5000))
	require.Zero(t, validator.Thousandths(-3))
}

func TestEvidenceThatWasChangedIsNotShown(t *testing.T) {
	folder := validator.EvidenceFolder{Path: t.TempDir()}
	hash, err := folder.Put(validator.Evidence{Miner: "a"})
	require.NoError(t, err)
	other, err := folder.Put(validator.Evidence{Miner: "b"})
	require.NoError(t, err)
	name := filepath.Join(folder.Path, hex.EncodeToString(hash[:])+".json")
	require.NoError(t, os.WriteFile(name, []byte(`{"miner":"c"}`), 0o600))
	_, _, err = folder.Read(hash[:])
	require.ErrorIs(t, err, validator.ErrStore)
	require.ErrorContains(t, err, "it was changed")
	require.NoError(t, folder.Retain([][]byte{other[:]}))
	_, _, err = folder.Read(hash[:])
	require.ErrorIs(t, err, validator.ErrNoEvidence)
	_, e, err := folder.Read(other[:])
	require.NoError(t, err)
	require.Equal(t, "b", e.Miner)
}
