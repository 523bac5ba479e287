package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetTrimCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trim SUBNET --to NEURONS",
		Short: "Make your subnet smaller: its weakest neurons go, and their collateral is paid back",
		Long: `Make your subnet smaller. The weakest neurons outside immunity go, at most 64 at once and once in a tempo, and max_neurons is what is left. Who goes, and
what of the collateral is paid back, is shown first, as the chain would do it now. Who holds a uid beyond the new end moves to one that got free, and starts
there without weights. What is staked behind who goes stays its backers'.`,
		Example: "agond subnet trim 3 --to 200 --dry-run\nagond subnet trim LANG --to 200 --from owner --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, _ := cmd.Flags().GetUint32(flagTo)
			if to == 0 {
				return errors.New("say how many neurons are to be left with --to NEURONS, at least 1")
			}
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			return s.carryOut(s.planTrim(subnet, to))
		},
		ValidArgsFunction: firstIsSubnet,
	}
	signFlags(cmd)
	cmd.Flags().Uint32(flagTo, 0, "how many neurons are left (required)")
	return cmd
}

func (s *session) planTrim(n subnettypes.Subnet, to uint32) plan {
	return plan{
		verb: "subnet trim", msg: &subnettypes.MsgTrimNeurons{Owner: s.ctx.FromAddress.String(), Netuid: n.Netuid, MaxNeurons: to},
		about: sheet{
			s.signerLine("owner"), subnetLine(n),
			{"max_neurons", to, "neurons", fmt.Sprintf("%d -> %d", n.NeuronCount, to)},
		},
		foresee: func(r chain.TxResult) (sheet, string, error) {
			lines, err := s.trimmed(r, "goes")
			return lines, "uids that go are given to others and never come back to who held them", err
		},
		outcome: func(r chain.TxResult) (sheet, error) { return s.trimmed(r, "went") },
	}
}

// leaver is a neuron that a trim takes. Amounts are nagon.
type leaver struct {
	UID    uint32   `json:"uid"`
	Hotkey string   `json:"hotkey"`
	Names  []string `json:"names"`
	// Paid is what its owner gets of the collateral, Burned the rest.
	Paid   uint64 `json:"collateral_paid,string"`
	Burned uint64 `json:"collateral_burned,string"`
}

// trimmed reads who goes and who moves out of a trim's events.
func (s *session) trimmed(r chain.TxResult, verb string) (sheet, error) {
	ended := map[uint32]subnettypes.EventCollateralEnded{}
	for _, e := range happenings[subnettypes.EventCollateralEnded](r) {
		ended[e.Uid] = e
	}
	gone := []leaver{}
	var names []candidate
	for _, e := range happenings[subnettypes.EventNeuronRemoved](r) {
		gone = append(gone, leaver{UID: e.Uid, Hotkey: e.Hotkey, Paid: ended[e.Uid].Paid, Burned: ended[e.Uid].Burned})
		names = append(names, candidate{UID: int(e.Uid), Hotkey: e.Hotkey})
	}
	if err := s.name(names); err != nil {
		return nil, err
	}
	out := sheet{}
	var paid uint64
	for i, one := range gone {
		gone[i].Names = append([]string{}, names[i].Names...)
		paid = add(paid, one.Paid)
		text := names[i].String()
		if one.Paid+one.Burned > 0 {
			text += fmt.Sprintf(": %s of its collateral back", agon(one.Paid))
		}
		if one.Burned > 0 {
			text += ", " + agon(one.Burned) + " burned"
		}
		out = append(out, field{label: verb, text: text})
	}
	moves := len(happenings[subnettypes.EventNeuronMoved](r))
	return append(out,
		field{name: "removed", value: gone},
		field{"moved", moves, "get another uid", fmt.Sprintf("%d of those who stay, without weights there at first", moves)},
		field{"collateral_paid", base(paid), "collateral back", agon(paid)},
	), nil
}
