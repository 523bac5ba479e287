package verbs

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const flagMaxPrice = "max-price"

func subnetRegisterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register --subnet SUBNET --hotkey ADDRESS|KEY",
		Short: "Give a hotkey a uid in a subnet for what it costs now: part is held as collateral, the rest burned",
		Long: `Give a hotkey a uid in a subnet. The price now is shown first; it halves over time and rises with each registration, and more than
was shown is never paid unless --max-price says so. The part that is held as collateral comes back with what the hotkey earns: agond
subnet claim. The account that pays owns the hotkey, for all time and in all subnets. In a full subnet the weakest neuron outside
immunity makes room. With --wait-below it waits until the price has fallen to that, for at most --timeout, and then registers for no more.`,
		Example: `agond subnet register --subnet 3 --hotkey miner --from owner --dry-run
agond subnet register --subnet LANG --hotkey agon1... --max-price 0.5agon --from owner --yes
agond subnet register --subnet 3 --hotkey miner --wait-below 0.2agon --timeout 6h --from owner --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			if below, _ := cmd.Flags().GetString(flagWaitBelow); below != "" {
				return s.registerBelow(below)
			}
			p, err := s.planRegister()
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	cmd.Flags().String("hotkey", "", "the hotkey: an address or a key of the keyring (required)")
	cmd.Flags().String(flagMaxPrice, "", "the most to pay, such as 0.5agon; what it costs now if left out")
	cmd.Flags().String(flagWaitBelow, "", "wait until a uid costs at most this, such as 0.2agon, then register; with --yes")
	cmd.Flags().Duration(flagTimeout, time.Hour, "how long --wait-below waits")
	cmd.MarkFlagsMutuallyExclusive(flagMaxPrice, flagWaitBelow)
	_ = cmd.MarkFlagRequired("hotkey")
	completeKey(cmd, "hotkey")
	return cmd
}

func (s *session) planRegister() (plan, error) {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	subnet, err := s.subnet(which)
	if err != nil {
		return plan{}, err
	}
	who, _ := s.cmd.Flags().GetString("hotkey")
	hotkey, err := s.hotkeyAccount(who)
	if err != nil {
		return plan{}, fmt.Errorf("--hotkey: %w", err)
	}
	r, err := s.subnets().Subnet(s.cmd.Context(), &subnettypes.QuerySubnetRequest{Netuid: subnet.Netuid})
	if err != nil {
		return plan{}, err
	}
	msg := &subnettypes.MsgRegister{
		Owner: s.ctx.FromAddress.String(), Hotkey: hotkey.String(), Netuid: subnet.Netuid, MaxPrice: r.RegistrationPrice,
	}
	if text, _ := s.cmd.Flags().GetString(flagMaxPrice); text != "" {
		if msg.MaxPrice, err = parseUnit(flagMaxPrice, text, unitAgon); err != nil {
			return plan{}, err
		}
	}
	held := r.Subnet.Hyperparams.CollateralOf(r.RegistrationPrice)
	p := plan{verb: "subnet register", msg: msg}
	p.about = sheet{
		{"account", msg.Owner, "owner", msg.Owner + " (" + s.ctx.FromName + ")"},
		subnetLine(subnet),
		{"hotkey", msg.Hotkey, "hotkey", msg.Hotkey},
	}
	p.expect = sheet{
		{"quoted_price", base(r.RegistrationPrice), "costs now", agon(r.RegistrationPrice)},
		{"quoted_collateral", base(held), "of it held", agon(held) + ", until the hotkey has earned it back"},
		{"quoted_burned", base(r.RegistrationPrice - held), "of it burned", agon(r.RegistrationPrice - held)},
		{"max_price", base(msg.MaxPrice), "at most", agon(msg.MaxPrice) + ", or it is not registered"},
	}
	if subnet.NeuronCount >= subnet.Hyperparams.MaxNeurons {
		p.warn = "the subnet is full: the weakest neuron outside immunity makes room, and later so may this one"
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r subnettypes.MsgRegisterResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{
			{"uid", r.Uid, "uid", fmt.Sprint(r.Uid)},
			{"price", base(r.Price), "price", agon(r.Price)},
			{"collateral", base(r.Collateral), "of it held", agon(r.Collateral)},
		}, nil
	}
	return p, nil
}
