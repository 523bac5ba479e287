package verbs

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

func TestParseChannelAndVoucherKey(t *testing.T) {
	id, err := parseChannel("7")
	require.NoError(t, err)
	require.EqualValues(t, 7, id)
	for _, text := range []string{"", "0", "-1", "x", "1.5"} {
		_, err := parseChannel(text)
		require.ErrorContains(t, err, "agond payment channels", text)
	}
	key := make([]byte, 32)
	key[0], key[31] = 0xab, 1
	for _, text := range []string{hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key)} {
		got, err := parseVoucherKey(text)
		require.NoError(t, err)
		require.Equal(t, key, got)
	}
	for _, text := range []string{"", "ab", hex.EncodeToString(key[:31]), base64.StdEncoding.EncodeToString(key[:31]), "agon1abc"} {
		_, err := parseVoucherKey(text)
		require.ErrorContains(t, err, "32 bytes of an ed25519 public key", text)
	}
}

// What stands in nagon on the chain is given in AGON, and never in a subnet's token.
func TestAmountsOfPayment(t *testing.T) {
	amount, err := wantAgon("0.5agon")
	require.NoError(t, err)
	require.EqualValues(t, 500_000_000, amount)
	for text, says := range map[string]string{"5alpha": "not in AGON", "5": "no unit", "0agon": "nothing"} {
		_, err := wantAgon(text)
		require.ErrorContains(t, err, says, text)
	}
}

func TestAChannelInShort(t *testing.T) {
	c := paymenttypes.Channel{Id: 3, Netuid: 2, State: paymenttypes.ChannelState_CHANNEL_STATE_OPEN, Deposit: 5 * whole, Claimed: whole}
	require.Equal(t, "open", shortChannel(c).Status)
	c.ClosingAt = 9
	require.Equal(t, "closing", shortChannel(c).Status)
	c.State, c.Cause = paymenttypes.ChannelState_CHANNEL_STATE_CLOSED, paymenttypes.CloseCause_CLOSE_CAUSE_SWEPT
	require.Equal(t, "swept", shortChannel(c).Status)
	require.Contains(t, channelList{Channels: []channelLine{shortChannel(c)}}.text(), "swept")
}

// What cannot be meant is refused before a node is asked.
func TestRefusalsBeforeTheChainIsAsked(t *testing.T) {
	root := &cobra.Command{Use: "agond"}
	root.AddCommand(Commands()...)
	for args, says := range map[string]string{
		"payment operators":              "name accounts",
		"payment operators alice --none": "name accounts",
		"payment topup x":                "not the number of a channel",
		"payment topup 7 5alpha":         "not in AGON",
		"payment withdraw 5":             "no unit",
		"payment refund 0 7":             "not the number of a case",
	} {
		err := execute(root, args)
		require.ErrorContains(t, err, says, args)
	}
}

func execute(root *cobra.Command, args string) error {
	root.SetArgs(strings.Fields(args))
	root.SilenceErrors, root.SilenceUsage = true, true
	return root.Execute()
}
