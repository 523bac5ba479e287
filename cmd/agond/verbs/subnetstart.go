package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetStartCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start SUBNET",
		Short: "Start your subnet: from then on it is emitted and its epochs pay",
		Long: `Start your subnet. Until then miners register, holders stake and the token trades, but no weights are taken, nothing is emitted and nothing paid. It can be
started some blocks after it was created, once; its immunity from being dissolved is counted anew from then.`,
		Example: "agond subnet start 3 --dry-run\nagond subnet start LANG --from owner --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			return s.carryOut(s.planStart(subnet))
		},
		ValidArgsFunction: firstIsSubnet,
	}
	return signFlags(cmd)
}

func (s *session) planStart(n subnettypes.Subnet) plan {
	p := plan{
		verb: "subnet start", msg: &subnettypes.MsgStartSubnet{Owner: s.ctx.FromAddress.String(), Netuid: n.Netuid},
		about: sheet{
			s.signerLine("owner"), subnetLine(n),
			{"neurons", n.NeuronCount, "neurons", fmt.Sprintf("%d of %d", n.NeuronCount, n.Hyperparams.MaxNeurons)},
		},
		expect: sheet{{"tempo", n.Hyperparams.Tempo, "epochs", fmt.Sprintf("one each %d blocks from then on", n.Hyperparams.Tempo)}},
		outcome: func(result chain.TxResult) (sheet, error) {
			return sheet{{"started_at", result.Height, "runs since", fmt.Sprintf("block %d", result.Height)}}, nil
		},
	}
	if n.NeuronCount == 0 {
		p.warn = "nobody is registered yet: an epoch without weights pays nobody"
	}
	return p
}
