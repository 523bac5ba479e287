package cmd

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// noise is what the layers between a module and the command line add to an error and what tells its reader nothing: the
// name of a transport, the line of a source file, the gas of a simulation.
var noise = []*regexp.Regexp{
	regexp.MustCompile(`rpc error: code = \w+ desc = `),
	regexp.MustCompile(` \[[^\]\s]+\.go:\d+\]`),
	regexp.MustCompile(` with gas used: '\d+'`),
	regexp.MustCompile(`failed to execute message; message index: 0: `),
	regexp.MustCompile(`: unknown request$`),
}

// argument is how an error names a positional argument: as a flag with the argument's number.
var argument = regexp.MustCompile(`invalid argument ("[^"]*") for "--(\d+)" flag: `)

// hints say what to do about errors that come from below the chain's own code, by what such an error contains. The first
// that fits counts.
var hints = []struct{ has, do string }{
	{"connection refused", "no node answers there: start agond, or name another with --node"},
	{"no such host", "no node answers there: name another with --node"},
	{".info: key not found", "list the keys with agond keys list; --home and --keyring-backend say where they are kept"},
	{"no key name or address provided", "say who signs with --from NAME"},
	{"decoding bech32 failed", "give an address (agon1...) or the name of a key: agond keys list"},
	{"hrp does not match", "an address of this chain starts with agon1"},
	{"invalid Bech32 prefix", "an address of this chain starts with agon1"},
	{"invalid input format", "give an amount with its unit, such as 5000000000nagon (5 AGON) or 5000000000alpha/1"},
	{"invalid decimal coin expression", "give an amount with its unit, such as 5000000000nagon (5 AGON)"},
	{"strconv.ParseUint", "give a whole number"},
	{"strconv.ParseFloat", "give a number, such as 0.5"},
	{"set min gas price", "make a node's home with agond init, name another with --home, or set --minimum-gas-prices 0.1nagon"},
	{"resource temporarily unavailable", "another agond runs in this home: stop it, or name another with --home"},
	{"address already in use", "stop the program that listens there, or choose another address: --rpc.laddr, --p2p.laddr, --grpc.address or --api.address"},
	{"validator set is empty", "the genesis has no validator: agond genesis gentx, then agond genesis collect-gentxs"},
	{"spendable balance", "send less, or fund the account first: agond balance ADDRESS"},
	{"out of gas", "raise the limit with --gas-adjustment 3"},
	{"account sequence mismatch", "another transaction of this account is on its way: wait a block and send it again"},
}

// Explain makes one line of an error: what is wrong, without the path that the error took, and what to do where the error
// does not say so itself. The arguments are those that the command was given.
func Explain(root *cobra.Command, args []string, err error) string {
	message := strings.Join(strings.Fields(err.Error()), " ")
	hint := ""
	for _, h := range hints {
		if strings.Contains(message, h.has) {
			hint = "; " + h.do
			break
		}
	}
	for _, n := range noise {
		message = n.ReplaceAllLiteralString(message, "")
	}
	// A module says itself what it did not find; a code that repeats it follows.
	message = strings.Replace(message, " not found: key not found", " not found", 1)
	command, _, findErr := root.Find(args)
	if findErr != nil {
		return message + hint
	}
	message = argument.ReplaceAllStringFunc(message, func(found string) string {
		parts := argument.FindStringSubmatch(found)
		return argumentName(command, parts[2]) + " is " + parts[1] + ": "
	})
	if strings.Contains(message, "arg(s), ") {
		hint = "; usage: " + command.UseLine()
	}
	return message + hint
}

// argumentName is the name that a command's usage gives its positional argument with this number.
func argumentName(command *cobra.Command, number string) string {
	i, err := strconv.Atoi(number)
	words := strings.Fields(command.Use)
	if err != nil || i+1 >= len(words) {
		return "argument " + number
	}
	return strings.Trim(words[i+1], "[]<>")
}
