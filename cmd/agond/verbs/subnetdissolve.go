package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetDissolveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dissolve SUBNET",
		Short: "End your subnet for good: its pool goes to all who hold its token",
		Long: `End your subnet for good. Its pool closes at once and becomes a pot that all of its token shares alike, whoever comes when; its neurons go in the blocks after, at
most 64 in each, and their collateral is paid back. What holders would get is shown first, as the chain would do it now. It is allowed
some blocks after the subnet's start, or after its creation while it has not started, and not while a lease runs. Nobody can undo it.`,
		Example: "agond subnet dissolve 3 --dry-run\nagond subnet dissolve LANG --from owner --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			p, err := s.planDissolve(subnet)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
		ValidArgsFunction: firstIsSubnet,
	}
	return signFlags(cmd)
}

func (s *session) planDissolve(n subnettypes.Subnet) (plan, error) {
	params, err := s.subnetParams()
	if err != nil {
		return plan{}, err
	}
	held, err := s.collateralHeld(n.Netuid)
	if err != nil {
		return plan{}, err
	}
	from := n.Since() + int64(params.SubnetImmunity)
	return plan{
		verb: "subnet dissolve", msg: &subnettypes.MsgDissolveSubnet{Owner: s.ctx.FromAddress.String(), Netuid: n.Netuid},
		warn:  "it cannot be undone: the subnet takes and pays nothing any more, and its number is never given again",
		about: sheet{s.signerLine("owner"), subnetLine(n)},
		expect: sheet{
			{"allowed_from", from, "allowed from", fmt.Sprintf("block %d", from)},
			{"neurons", n.NeuronCount, "neurons", fmt.Sprintf("%d, which go in the blocks after, at most 64 in each", n.NeuronCount)},
			{"collateral", base(held), "their collateral", agon(held) + ", paid back to their owners"},
		},
		foresee: func(r chain.TxResult) (sheet, string, error) { return potLines(n.Symbol, n.Netuid, r), "", nil },
		outcome: func(r chain.TxResult) (sheet, error) {
			lines := sheet{{"dissolved_at", r.Height, "dissolved in", fmt.Sprintf("block %d", r.Height)}}
			lines = append(lines, potLines(n.Symbol, n.Netuid, r)...)
			return append(lines, field{label: "holders type", text: fmt.Sprintf("agond stake remove all --subnet %d, or for coins agond stake redeem --subnet %d", n.Netuid, n.Netuid)}), nil
		},
	}, nil
}

// potLines say what a dissolution's holders get.
func potLines(symbol string, netuid uint32, r chain.TxResult) sheet {
	for _, e := range happenings[staketypes.EventPoolClosed](r) {
		if e.Netuid == netuid {
			return sheet{paysLine(symbol, e), {name: "alpha_outstanding", value: base(e.Outstanding)}, {name: "burned", value: base(e.Burned)}}
		}
	}
	return nil
}

// collateralHeld is what is held of all neurons' collateral in a subnet, in nagon.
func (s *session) collateralHeld(netuid uint32) (uint64, error) {
	var held uint64
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.subnets().Collaterals(s.cmd.Context(), &subnettypes.QueryCollateralsRequest{Netuid: netuid, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, i := range r.Infos {
			held = add(held, i.Collateral.Amount-i.Collateral.Paid)
		}
		return r.Pagination, nil
	})
	return held, err
}

// makesRoom says which subnet a new one dissolves, where the chain has room for no more.
func (s *session) makesRoom(r chain.TxResult) (sheet, string, error) {
	dissolved := happenings[subnettypes.EventSubnetDissolved](r)
	if len(dissolved) == 0 {
		return nil, "", nil
	}
	e := dissolved[0] // one makes room for one
	ends, err := s.subnet(fmt.Sprint(e.Netuid))
	if err != nil {
		return nil, "", err
	}
	lines := sheet{{"dissolves", e.Netuid, "dissolves", subnetLine(ends).text + ", the weakest outside immunity"}}
	for _, pot := range potLines(ends.Symbol, e.Netuid, r) {
		lines = append(lines, field{"dissolves_" + pot.name, pot.value, pot.label, pot.text})
	}
	return lines, fmt.Sprintf("there is no room: subnet %d is dissolved for this one, for good; which one it is the chain judges when it is created", e.Netuid), nil
}
