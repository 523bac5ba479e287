package verbs

import (
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

const (
	flagEvidence     = "evidence"
	flagEvidenceFile = "evidence-file"
	flagLog10E       = "log10-e"
	flagReason       = "reason"
)

// evidenceFlags name what was seen, by its hash or by the file that has it.
func evidenceFlags(cmd *cobra.Command) {
	cmd.Flags().String(flagEvidence, "", "SHA-256 of what you saw, 64 hexadecimal digits")
	cmd.Flags().String(flagEvidenceFile, "", "the file with what you saw, which is hashed (agon-validator evidence HASH --output json)")
	cmd.MarkFlagsMutuallyExclusive(flagEvidence, flagEvidenceFile)
}

// evidenceOf the flags; nil where neither is given.
func evidenceOf(cmd *cobra.Command) ([]byte, error) {
	if file, _ := cmd.Flags().GetString(flagEvidenceFile); file != "" {
		return hashOf(file)
	}
	text, _ := cmd.Flags().GetString(flagEvidence)
	if text == "" {
		return nil, nil
	}
	hash, err := hex.DecodeString(text)
	if err != nil || len(hash) != disputetypes.HashSize {
		return nil, fmt.Errorf("--%s is %.80q, want %d hexadecimal digits, or name the file with --%s", flagEvidence, text, 2*disputetypes.HashSize, flagEvidenceFile)
	}
	return hash, nil
}

func disputeAccuseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accuse HOTKEY --subnet SUBNET --evidence-file FILE --log10-e THOUSANDTHS",
		Short: "Accuse a miner of not serving what it says; signed by a validator's hotkey",
		Long: `Accuse a miner of not serving what it says. A bench of the subnet's validators then judges it by what each saw itself, and a verdict of guilty takes a part of its
collateral. An accusation that the bench rejects bars you from the next one for days: bring what others must have seen too.`,
		Example: "agond dispute accuse agon1... --subnet 3 --evidence-file seen.json --log10-e 4200 --reason 'replay in 40 answers' --from hotkey",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			evidence, err := evidenceOf(cmd)
			if err == nil && evidence == nil {
				err = fmt.Errorf("an accusation needs evidence: name it with --%s or --%s", flagEvidenceFile, flagEvidence)
			}
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			r, err := s.disputes().Params(cmd.Context(), &disputetypes.QueryParamsRequest{})
			if err != nil {
				return err
			}
			log10e, _ := cmd.Flags().GetUint32(flagLog10E)
			reason, _ := cmd.Flags().GetString(flagReason)
			return s.carryOut(plan{
				verb: "dispute accuse",
				msg: &disputetypes.MsgAccuse{
					Hotkey: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, Miner: args[0], Evidence: evidence, Log10E: log10e, Reason: reason,
				},
				about: sheet{
					s.signerLine("hotkey"), subnetLine(subnet),
					{"miner", args[0], "miner", args[0]},
					{"evidence", hex.EncodeToString(evidence), "evidence", hex.EncodeToString(evidence)},
				},
				expect: sheet{
					{"commit_blocks", r.Params.CommitBlocks, "judges promise for", blocks(r.Params.CommitBlocks)},
					{"reveal_blocks", r.Params.RevealBlocks, "and show for", blocks(r.Params.RevealBlocks)},
				},
				outcome: func(result chain.TxResult) (sheet, error) {
					var opened disputetypes.MsgAccuseResponse
					err := chain.Response(result, 0, &opened)
					return sheet{
						{"case", base(opened.CaseId), "case", fmt.Sprint(opened.CaseId)},
						{"held", base(opened.Held), "held of its collateral", agon(opened.Held)},
						{"judges", opened.Judges, "judges", fmt.Sprint(opened.Judges)},
					}, err
				},
			})
		},
	}
	signFlags(cmd)
	evidenceFlags(cmd)
	cmd.Flags().Uint32(flagLog10E, 0, "how strong the evidence is: log10 of its e-value, in thousandths; at least min_evidence (3000)")
	cmd.Flags().String(flagReason, "", "in words, at most 256 bytes")
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}
