package verbs

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagVerdict  = "verdict"
	flagVoteFile = "vote-file"
)

// keptVote is a vote that was promised, in the file that shows it later.
type keptVote struct {
	Case     uint64               `json:"case"`
	Hotkey   string               `json:"hotkey"`
	Verdict  disputetypes.Verdict `json:"verdict"`
	Evidence []byte               `json:"evidence"`
	Salt     []byte               `json:"salt"`
}

// hash that was promised.
func (v keptVote) hash() ([]byte, error) {
	hotkey, err := sdk.AccAddressFromBech32(v.Hotkey)
	if err != nil {
		return nil, fmt.Errorf("hotkey of the vote: %w", err)
	}
	h := disputetypes.Vote{CaseID: v.Case, Hotkey: hotkey, Verdict: v.Verdict, Evidence: v.Evidence, Salt: v.Salt}.Hash()
	return h[:], nil
}

// parseVerdict reads what a judge can say.
func parseVerdict(text string) (disputetypes.Verdict, error) {
	for v := disputetypes.Verdict_VERDICT_GUILTY; v <= disputetypes.Verdict_VERDICT_CANNOT_TELL; v++ {
		if enumWord(v) == text {
			return v, nil
		}
	}
	return 0, fmt.Errorf("--%s is %.40q, want guilty, not-guilty or cannot-tell", flagVerdict, text)
}

// keep writes a vote that no file has yet, before anything is sent: without its salt a promise can never be shown.
func (v keptVote) keep(path string) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// readVote reads one; the error is fs.ErrNotExist where there is none.
func readVote(path string) (keptVote, error) {
	var v keptVote
	raw, err := os.ReadFile(path)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("%s is no vote: %w", path, err)
	}
	return v, nil
}

func disputeVoteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vote CASE [--verdict guilty|not-guilty|cannot-tell --evidence-file FILE]",
		Short: "Promise your vote in a case, and show it once all have promised; signed by a judge's hotkey",
		Long: `Promise your vote in a case, and show it once all have promised. Call it twice: while the case takes commits with the verdict and what you saw, which are kept with
a salt in a file of your home; and after that without either, which shows what the file has. A running agon-validator votes by itself, and a hotkey has one vote.`,
		Example: "agond dispute vote 12 --verdict guilty --evidence-file seen.json --from hotkey\nagond dispute vote 12 --from hotkey",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseCase(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planVote(id)
			if err != nil {
				return err
			}
			p.verb = "dispute vote"
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	evidenceFlags(cmd)
	cmd.Flags().String(flagVerdict, "", "guilty, not-guilty or cannot-tell")
	cmd.Flags().String(flagVoteFile, "", "where the vote is kept until it is shown (default: votes/CASE-HOTKEY.json in the home)")
	return cmd
}

// planVote is the step that the case is at: a promise, or showing it.
func (s *session) planVote(id uint64) (plan, error) {
	ctx := s.cmd.Context()
	h, err := s.subnets().Hotkey(ctx, &subnettypes.QueryHotkeyRequest{Hotkey: s.ctx.FromAddress.String()})
	if err != nil {
		return plan{}, err
	}
	signs := h.Hotkey // that the key signs for
	r, err := s.disputes().Case(ctx, &disputetypes.QueryCaseRequest{CaseId: id})
	if err != nil {
		return plan{}, err
	}
	if !r.Case.Open() {
		return plan{}, fmt.Errorf("case %d has ended (%s); agond dispute show %[1]d shows it", id, enumWord(r.Case.Status))
	}
	var seat *disputetypes.Judge
	for i := range r.Bench {
		if r.Bench[i].Hotkey == signs {
			seat = &r.Bench[i]
		}
	}
	if seat == nil {
		return plan{}, fmt.Errorf("%s is not on the bench of case %d, which agond dispute show %[2]d lists", signs, id)
	}
	height, err := s.height(ctx)
	if err != nil {
		return plan{}, err
	}
	path, _ := s.cmd.Flags().GetString(flagVoteFile)
	if path == "" {
		path = filepath.Join(s.ctx.HomeDir, "votes", fmt.Sprintf("%d-%s.json", id, signs))
	}
	if height < r.Case.Terms.CommitUntil && len(seat.Commit) == 0 {
		return s.planPromise(r.Case, signs, path)
	}
	return s.planShow(r.Case, *seat, height, path)
}

func (s *session) planPromise(c disputetypes.Case, hotkey, path string) (plan, error) {
	text, _ := s.cmd.Flags().GetString(flagVerdict)
	v, err := readVote(path)
	switch {
	case err == nil && text != "":
		if want, err := parseVerdict(text); err != nil || want != v.Verdict {
			return plan{}, errors.Join(err, fmt.Errorf("%s has another vote already (%s): it may have been sent, so send that one, without --%s, or remove the file", path, enumWord(v.Verdict), flagVerdict))
		}
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return plan{}, err
	default:
		v = keptVote{Case: c.Id, Hotkey: hotkey, Salt: make([]byte, 32)}
		if v.Verdict, err = parseVerdict(text); err != nil {
			return plan{}, err
		}
		if v.Evidence, err = evidenceOf(s.cmd); err == nil && v.Evidence == nil {
			err = fmt.Errorf("a vote needs the hash of what you saw: name it with --%s or --%s", flagEvidenceFile, flagEvidence)
		}
		if err != nil {
			return plan{}, err
		}
		rand.Read(v.Salt) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
		if !s.dryRun {
			if err := v.keep(path); err != nil {
				return plan{}, err
			}
		}
	}
	hash, err := v.hash()
	if err != nil {
		return plan{}, err
	}
	return plan{
		msg: &disputetypes.MsgCommitVote{Hotkey: s.ctx.FromAddress.String(), CaseId: c.Id, Hash: hash},
		about: sheet{
			s.signerLine("hotkey"),
			{"case", base(c.Id), "case", fmt.Sprint(c.Id)},
			{"verdict", enumWord(v.Verdict), "verdict", enumWord(v.Verdict)},
			{"evidence", hex.EncodeToString(v.Evidence), "evidence", hex.EncodeToString(v.Evidence)},
			{"vote_file", path, "kept in", path},
		},
		expect: sheet{{"show_from", c.Terms.CommitUntil + 1, "next", fmt.Sprintf("agond dispute vote %d in blocks %d to %d", c.Id, c.Terms.CommitUntil+1, c.Terms.RevealUntil)}},
		outcome: func(chain.TxResult) (sheet, error) {
			return sheet{{"step", "promised", "step", "promised"}}, nil
		},
	}, nil
}

func (s *session) planShow(c disputetypes.Case, seat disputetypes.Judge, height int64, path string) (plan, error) {
	switch {
	case len(seat.Commit) == 0:
		return plan{}, fmt.Errorf("case %d took promises until block %d, and %s made none", c.Id, c.Terms.CommitUntil, seat.Hotkey)
	case seat.Verdict != disputetypes.Verdict_VERDICT_UNSPECIFIED:
		return plan{}, fmt.Errorf("%s has voted in case %d: %s", seat.Hotkey, c.Id, enumWord(seat.Verdict))
	case height < c.Terms.CommitUntil:
		return plan{}, fmt.Errorf("the vote is promised; others promise until block %d: call this again in blocks %d to %d", c.Terms.CommitUntil, c.Terms.CommitUntil+1, c.Terms.RevealUntil)
	}
	v, err := readVote(path)
	if err != nil {
		return plan{}, fmt.Errorf("what was promised cannot be shown without its file: %w; name it with --%s, or let the agon-validator that promised it show it", err, flagVoteFile)
	}
	hash, err := v.hash()
	if err != nil {
		return plan{}, err
	}
	if string(hash) != string(seat.Commit) {
		return plan{}, fmt.Errorf("%s has a vote of hash %x, promised was %x: name the right file with --%s", path, hash, seat.Commit, flagVoteFile)
	}
	return plan{
		msg:     &disputetypes.MsgRevealVote{Hotkey: s.ctx.FromAddress.String(), CaseId: c.Id, Verdict: v.Verdict, Evidence: v.Evidence, Salt: v.Salt},
		about:   sheet{s.signerLine("hotkey"), {"case", base(c.Id), "case", fmt.Sprint(c.Id)}, {"verdict", enumWord(v.Verdict), "verdict", enumWord(v.Verdict)}},
		outcome: func(chain.TxResult) (sheet, error) { return sheet{{"step", "shown", "step", "shown"}}, nil },
	}, nil
}
