package verbs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

const (
	flagAccount = "account"
	flagNone    = "none"
)

// wantAgon reads an amount of AGON.
func wantAgon(text string) (uint64, error) {
	a, err := parseAmount(text)
	if err == nil && a.Unit != unitAgon {
		err = fmt.Errorf("%w: %q is not in AGON: write 9.9agon", errAmount, text)
	}
	return a.Base, err
}

// accountFlag names whose money is used, where it is not the signer's.
func accountFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().String(flagAccount, "", usage)
	completeKey(cmd, flagAccount)
}

// payer is the account of --account, or the signer's.
func (s *session) payer() (sdk.AccAddress, error) {
	who, _ := s.cmd.Flags().GetString(flagAccount)
	if who == "" {
		return s.ctx.FromAddress, nil
	}
	account, err := s.account(who)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flagAccount, err)
	}
	return account, nil
}

func balanceLine(balance uint64) field {
	return field{"balance", base(balance), "in no channel now", agon(balance)}
}

func paymentDepositCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "deposit AMOUNT [--account ACCOUNT]",
		Short:   "Put AGON into your account for calls, or into another's",
		Example: "agond payment deposit 50agon --from alice\nagond payment deposit 50agon --account gateway --from alice --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := wantAgon(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			owner, err := s.payer()
			if err != nil {
				return err
			}
			p := plan{
				verb: "payment deposit",
				msg:  &paymenttypes.MsgDeposit{Sender: s.ctx.FromAddress.String(), Owner: owner.String(), Amount: amount},
				about: sheet{
					s.signerLine("from"), {"owner", owner.String(), "into the account of", owner.String()}, {"amount", base(amount), "amount", agon(amount)},
				},
				outcome: func(result chain.TxResult) (sheet, error) {
					var r paymenttypes.MsgDepositResponse
					err := chain.Response(result, 0, &r)
					return sheet{balanceLine(r.Balance)}, err
				},
			}
			if !owner.Equals(s.ctx.FromAddress) {
				p.warn = "only the owner of that account can take it out again"
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	accountFlag(cmd, "whose account, an address or a key; yours if left out")
	return cmd
}

func paymentWithdrawCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "withdraw AMOUNT|all",
		Short:   "Take AGON out of your account that no channel holds",
		Example: "agond payment withdraw all --from alice\nagond payment withdraw 3agon --from alice --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var amount uint64
			shown := "all of it"
			if args[0] != "all" {
				var err error
				if amount, err = wantAgon(args[0]); err != nil {
					return err
				}
				shown = agon(amount)
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb:  "payment withdraw",
				msg:   &paymenttypes.MsgWithdraw{Owner: s.ctx.FromAddress.String(), Amount: amount},
				about: sheet{s.signerLine("owner"), {"", nil, "amount", shown}},
				outcome: func(result chain.TxResult) (sheet, error) {
					var r paymenttypes.MsgWithdrawResponse
					err := chain.Response(result, 0, &r)
					return sheet{{"amount", base(r.Amount), "withdrawn", agon(r.Amount)}, balanceLine(r.Balance)}, err
				},
			})
		},
	}
	return signFlags(cmd)
}

func paymentOperatorsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "operators (ACCOUNT... | --none)",
		Short: "Name who else may open, top up and close channels with your account; those before end",
		Long: `Name who else may open, top up and close channels with your account: the keys of your gateway, validator or client, at most 8. Those that were named before and are not now end.

What an operator takes out of a channel comes back into your account, and only you withdraw. A thief of its key can still open channels to miners of his own: keep no more
in the account than you can lose.`,
		Example: "agond payment operators gateway agon1... --from alice\nagond payment operators --none --from alice",
		RunE: func(cmd *cobra.Command, args []string) error {
			none, _ := cmd.Flags().GetBool(flagNone)
			if none == (len(args) > 0) {
				return errors.New("name accounts, or give --none to end all")
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			msg := &paymenttypes.MsgSetOperators{Owner: s.ctx.FromAddress.String()}
			for _, who := range args {
				account, err := s.account(who)
				if err != nil {
					return err
				}
				msg.Operators = append(msg.Operators, account.String())
			}
			shown := "nobody else"
			if len(msg.Operators) > 0 {
				shown = strings.Join(msg.Operators, "\n")
			}
			return s.carryOut(plan{
				verb: "payment operators", msg: msg,
				about:   sheet{s.signerLine("owner"), {"operators", append([]string{}, msg.Operators...), "may use it", shown}},
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
	}
	signFlags(cmd)
	cmd.Flags().Bool(flagNone, false, "end all operators")
	cmd.ValidArgsFunction = completeFirstKey
	return cmd
}

func paymentRefundCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "refund CASE CHANNEL",
		Short:   "Take a channel's part of what its miner lost by a verdict; it goes to the channel's account",
		Example: "agond query payment pots\nagond payment refund 12 7 --from alice",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseCase(args[0])
			if err != nil {
				return err
			}
			channel, err := parseChannel(args[1])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			r, err := s.payments().Refund(cmd.Context(), &paymenttypes.QueryRefundRequest{CaseId: id, Channel: channel})
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb:   "payment refund",
				msg:    &paymenttypes.MsgClaimRefund{Sender: s.ctx.FromAddress.String(), CaseId: id, Channel: channel},
				about:  sheet{s.signerLine("sender"), {"case", base(id), "case", args[0]}, {"channel", base(channel), "channel", args[1]}},
				expect: sheet{{"paid", base(r.Paid), "paid before the case", agon(r.Paid)}, {"refund", base(r.Refund), "its part", agon(r.Refund)}},
				outcome: func(result chain.TxResult) (sheet, error) {
					var r paymenttypes.MsgClaimRefundResponse
					err := chain.Response(result, 0, &r)
					return sheet{{"refunded", base(r.Refunded), "refunded", agon(r.Refunded)}}, err
				},
			})
		},
	}
	return signFlags(cmd)
}
