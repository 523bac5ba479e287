package verbs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// errWho says that it is not clear whose account is meant.
var errWho = errors.New("whose account")

// signs marks the commands that send a transaction.
const signs = "agon.signs"

// Signs says whether a command is a verb that sends a transaction, and so pays a fee.
func Signs(cmd *cobra.Command) bool { return cmd.Annotations[signs] != "" }

// askFlags adds what every verb takes.
func askFlags(cmd *cobra.Command) *cobra.Command {
	f := cmd.Flags()
	f.String(flags.FlagNode, "tcp://localhost:26657", "where the node's RPC listens")
	f.StringP(flags.FlagOutput, "o", flags.OutputFormatText, "what to print: text or json")
	flags.AddKeyringFlags(f)
	return cmd
}

// signFlags adds what every verb that sends a transaction takes.
func signFlags(cmd *cobra.Command) *cobra.Command {
	askFlags(cmd)
	cmd.Annotations = map[string]string{signs: "yes"}
	f := cmd.Flags()
	f.String(flags.FlagFrom, "", "the key that signs and pays, by name or address; the only key of the keyring if left out")
	addDryRun(f)
	f.BoolP(flags.FlagSkipConfirmation, "y", false, "send without asking")
	f.String(flags.FlagChainID, "", "the chain's id")
	f.String(flags.FlagGas, "", "gas to pay for; estimated if left out")
	f.Float64(flags.FlagGasAdjustment, flags.DefaultGasAdjustment, "what to multiply the estimated gas with")
	f.String(flags.FlagGasPrices, "", "what to pay for each unit of gas, such as 0.1nagon")
	f.String(flags.FlagFees, "", "what to pay in all, instead of a price of gas, such as 20000nagon")
	f.String(flags.FlagNote, "", "a note that the chain keeps with the transaction, public")
	f.String(flags.FlagFeeGranter, "", "the account that pays the fee, if it granted that")
	f.Bool(flags.FlagUseLedger, false, "sign with a connected Ledger")
	completeKey(cmd, flags.FlagFrom)
	return cmd
}

// session is one run of a verb.
type session struct {
	cmd  *cobra.Command
	ctx  client.Context
	json bool
	// dryRun shows and sends nothing, yes does not ask.
	dryRun, yes bool
	// interactive says that somebody sits there who can answer.
	interactive bool
}

// open reads the flags of a verb that asks.
func open(cmd *cobra.Command) (*session, error) {
	ctx, err := client.ReadPersistentCommandFlags(client.GetClientContextFromCmd(cmd), cmd.Flags())
	if err != nil {
		return nil, err
	}
	ctx = ctx.WithCmdContext(cmd.Context())
	switch ctx.OutputFormat {
	case "", flags.OutputFormatText, flags.OutputFormatJSON:
	default:
		return nil, fmt.Errorf("--%s is %q: text or json", flags.FlagOutput, ctx.OutputFormat)
	}
	return &session{cmd: cmd, ctx: ctx, json: ctx.OutputFormat == flags.OutputFormatJSON}, nil
}

// openSigner reads the flags of a verb that sends a transaction, and finds who signs it.
func openSigner(cmd *cobra.Command) (*session, error) {
	s, err := open(cmd)
	if err != nil {
		return nil, err
	}
	set := cmd.Flags()
	from, _ := set.GetString(flags.FlagFrom)
	s.dryRun = isDryRun(set)
	s.yes, _ = set.GetBool(flags.FlagSkipConfirmation)
	s.interactive = terminal(cmd.InOrStdin())
	if granter, _ := set.GetString(flags.FlagFeeGranter); granter != "" {
		address, err := s.account(granter)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flags.FlagFeeGranter, err)
		}
		s.ctx = s.ctx.WithFeeGranterAddress(address)
	}
	if from == "" {
		from = s.ctx.KeyringDefaultKeyName
	}
	if from == "" {
		if from, err = s.onlyKey("--from NAME"); err != nil {
			return nil, err
		}
	}
	address, name, kind, err := client.GetFromFields(s.ctx, s.ctx.Keyring, from)
	if err != nil {
		return nil, fmt.Errorf("--%s %s: %w", flags.FlagFrom, from, err)
	}
	s.ctx = s.ctx.WithFrom(from).WithFromAddress(address).WithFromName(name)
	if kind == keyring.TypeLedger && !s.ctx.LedgerHasProtobuf {
		s.ctx = s.ctx.WithSignModeStr(flags.SignModeLegacyAminoJSON)
	}
	return s, nil
}

// terminal says whether somebody sits at the other end.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// onlyKey is the name of the keyring's only key.
func (s *session) onlyKey(say string) (string, error) {
	records, err := s.ctx.Keyring.List()
	if err != nil {
		return "", fmt.Errorf("list the keyring: %w", err)
	}
	if len(records) == 1 {
		return records[0].Name, nil
	}
	if len(records) == 0 {
		return "", fmt.Errorf("%w: the keyring has no key: make one with agond keys add NAME, or say where it is with --home and --keyring-backend", errWho)
	}
	names := make([]string, len(records))
	for i, r := range records {
		names[i] = r.Name
	}
	return "", fmt.Errorf("%w: the keyring has several (%s): say %s", errWho, list(names), say)
}

// account is the address that an argument gives, or that of a key of the keyring.
func (s *session) account(who string) (sdk.AccAddress, error) {
	if address, err := sdk.AccAddressFromBech32(who); err == nil {
		return address, nil
	}
	record, err := s.ctx.Keyring.Key(who)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is neither an address (agon1...) nor a key of the keyring: agond keys list", errWho, who)
	}
	return record.GetAddress()
}

// accountOf is the account that the only argument names, or that of the keyring's only key.
func (s *session) accountOf(args []string) (sdk.AccAddress, error) {
	if len(args) > 0 {
		return s.account(args[0])
	}
	name, err := s.onlyKey("which: " + s.cmd.CommandPath() + " NAME")
	if err != nil {
		return nil, err
	}
	return s.account(name)
}

func (s *session) stake() staketypes.QueryClient       { return staketypes.NewQueryClient(s.ctx) }
func (s *session) subnets() subnettypes.QueryClient    { return subnettypes.NewQueryClient(s.ctx) }
func (s *session) scoring() scoringtypes.QueryClient   { return scoringtypes.NewQueryClient(s.ctx) }
func (s *session) emission() emissiontypes.QueryClient { return emissiontypes.NewQueryClient(s.ctx) }
func (s *session) bank() banktypes.QueryClient         { return banktypes.NewQueryClient(s.ctx) }

// print writes the answer: the document for programs, or the text for people.
func (s *session) print(document any, text func() string) error {
	w := s.cmd.OutOrStdout()
	if s.json {
		return json.NewEncoder(w).Encode(document)
	}
	_, err := fmt.Fprintln(w, text())
	return err
}

// aside is where everything goes that is not the answer.
func (s *session) aside() io.Writer { return s.cmd.ErrOrStderr() }
