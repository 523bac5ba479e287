package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

const (
	flagPerRequest = "per-request"
	flagPerInput   = "per-million-input"
	flagPerOutput  = "per-million-output"
)

// priceSheet is a price in lines.
func priceSheet(p paymenttypes.Price) sheet {
	return sheet{
		{flagName(flagPerRequest), base(p.PerRequest), "a request", agon(p.PerRequest)},
		{flagName(flagPerInput), base(p.PerMillionInput), "a million tokens in", agon(p.PerMillionInput)},
		{flagName(flagPerOutput), base(p.PerMillionOutput), "a million tokens out", agon(p.PerMillionOutput)},
	}
}

// flagName is a flag as a field for programs.
func flagName(flag string) string {
	out := []byte(flag)
	for i, c := range out {
		if c == '-' {
			out[i] = '_'
		}
	}
	return string(out)
}

func paymentPriceCommand() *cobra.Command {
	cmd := askFlags(&cobra.Command{
		Use:   "price HOTKEY --subnet SUBNET | price set --subnet SUBNET",
		Short: "Show what a miner asks for calls; price set says what you ask",
		Example: `agond payment price agon1... --subnet 3
agond payment price set --subnet 3 --per-request 0.000001agon --per-million-output 0.2agon --from hotkey`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			hotkey, err := s.hotkeyAccount(args[0])
			if err != nil {
				return err
			}
			r, err := s.payments().Price(cmd.Context(), &paymenttypes.QueryPriceRequest{Netuid: subnet.Netuid, Hotkey: hotkey.String()})
			if err != nil {
				return err
			}
			out := append(sheet{{"hotkey", r.Price.Hotkey, "miner", r.Price.Hotkey}, subnetLine(subnet)}, priceSheet(r.Price)...)
			out = append(out, field{"set_at", r.Price.SetAt, "set at", never(r.Price.SetAt)})
			return s.print(out, func() string { return out.table("Price") })
		},
	})
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	cmd.AddCommand(paymentPriceSetCommand())
	return cmd
}

func paymentPriceSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set --subnet SUBNET [--per-request AMOUNT] [--per-million-input AMOUNT] [--per-million-output AMOUNT]",
		Short: "Say what your calls cost; what is left out is free, and all of it if nothing is named. Signed by the hotkey",
		Long: `Say what your calls cost in a subnet. A price that agon-miner has in its configuration it publishes by itself, and over this one. Calls that were paid for before cost what was
agreed then.`,
		Example: "agond payment price set --subnet 3 --per-request 0.000001agon --per-million-input 0.05agon --per-million-output 0.2agon --from hotkey",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			msg := &paymenttypes.MsgSetPrice{Hotkey: s.ctx.FromAddress.String(), Netuid: subnet.Netuid}
			for flag, into := range map[string]*uint64{flagPerRequest: &msg.PerRequest, flagPerInput: &msg.PerMillionInput, flagPerOutput: &msg.PerMillionOutput} {
				text, _ := cmd.Flags().GetString(flag)
				if text == "" {
					continue
				}
				if *into, err = parseUnit(flag, text, unitAgon); err != nil {
					return err
				}
			}
			price := paymenttypes.Price{PerRequest: msg.PerRequest, PerMillionInput: msg.PerMillionInput, PerMillionOutput: msg.PerMillionOutput}
			p := plan{
				verb: "payment price set", msg: msg, about: append(sheet{s.signerLine("hotkey"), subnetLine(subnet)}, priceSheet(price)...),
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			}
			if price.IsFree() {
				p.warn = "your calls are free from then on"
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	for flag, of := range map[string]string{flagPerRequest: "a request, whatever its size", flagPerInput: "a million tokens of prompts", flagPerOutput: "a million tokens of answers"} {
		cmd.Flags().String(flag, "", fmt.Sprintf("what %s costs, such as 0.2agon or 1000nagon", of))
	}
	return cmd
}
