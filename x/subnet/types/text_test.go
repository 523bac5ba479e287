package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/subnet/types"
)

func TestSymbol(t *testing.T) {
	for _, s := range []string{"A", "LANG", "A1B2C3D4E5F6", "42"} {
		require.NoError(t, types.CheckSymbol(s), s)
	}
	for _, s := range []string{"", "lang", "A B", "A-B", "ÄB", "A1B2C3D4E5F67", "A\x00"} {
		require.ErrorIs(t, types.CheckSymbol(s), types.ErrInvalidSymbol, s)
	}
}

func TestTaskKind(t *testing.T) {
	for _, s := range []string{"a", "langid", "text/summary-2", strings.Repeat("k", 64)} {
		require.NoError(t, types.CheckTaskKind(s), s)
	}
	for _, s := range []string{"", "Langid", "1a", "/a", "-a", "a b", "a_b", "a.b", strings.Repeat("k", 65)} {
		require.ErrorIs(t, types.CheckTaskKind(s), types.ErrInvalidTask, s)
	}
}

func TestTaskParams(t *testing.T) {
	largest := `{"a":"` + strings.Repeat("x", types.MaxTaskParams-8) + `"}`
	require.Len(t, largest, types.MaxTaskParams)
	for _, s := range []string{"", "{}", `{"languages":["eng","deu"],"n":1.5}`, largest} {
		require.NoError(t, types.CheckTaskParams(s), s)
	}
	for _, s := range []string{"[]", "1", "null", `"x"`, "{", "{}x", " {}", "{a:1}", "{\"a\":\"\xff\"}", largest + " "} {
		require.ErrorIs(t, types.CheckTaskParams(s), types.ErrInvalidTask, s)
	}
	require.ErrorContains(t, types.CheckTaskParams(largest+" "), "task_params has 8193 bytes, want at most 8192")
}

func TestSubnetIdentity(t *testing.T) {
	good := types.SubnetIdentity{Name: "Languages of the world \U0001F5FA", Description: "two\nlines", Url: "https://lang.example/?a=b#c", Contact: "@lang"}
	require.NoError(t, good.Validate())
	for _, c := range []struct {
		name   string
		change func(*types.SubnetIdentity)
		want   string
	}{
		{"no-name", func(i *types.SubnetIdentity) { i.Name = "" }, "name has 0 bytes, want 1 to 64"},
		{"long-name", func(i *types.SubnetIdentity) { i.Name = strings.Repeat("n", 65) }, "name has 65 bytes, want 1 to 64"},
		{"name-with-line", func(i *types.SubnetIdentity) { i.Name = "a\nb" }, "name has the unprintable character U+000A at byte 1"},
		{"name-reordered", func(i *types.SubnetIdentity) { i.Name = "a\u202eb" }, "name has the unprintable character U+202E at byte 1"},
		{"name-hidden", func(i *types.SubnetIdentity) { i.Name = "a\u200bb" }, "name has the unprintable character U+200B"},
		{"name-not-utf8", func(i *types.SubnetIdentity) { i.Name = "\xff" }, "name is not UTF-8"},
		{"name-with-space", func(i *types.SubnetIdentity) { i.Name = " a" }, "begins or ends with a space"},
		{"long-description", func(i *types.SubnetIdentity) { i.Description = strings.Repeat("d", 1025) }, "description has 1025 bytes, want 0 to 1024"},
		{"long-url", func(i *types.SubnetIdentity) { i.Url = "https://" + strings.Repeat("u", 249) }, "url has 257 bytes, want at most 256"},
		{"url-scheme", func(i *types.SubnetIdentity) { i.Url = "javascript:alert(1)" }, "url is \"javascript:alert(1)\""},
		{"url-without-host", func(i *types.SubnetIdentity) { i.Url = "https:///x" }, "want http:// or https:// and a host"},
		{"url-with-space", func(i *types.SubnetIdentity) { i.Url = "https://a b" }, "url has the byte 0x20 at 9"},
		{"long-contact", func(i *types.SubnetIdentity) { i.Contact = strings.Repeat("c", 257) }, "contact has 257 bytes, want 0 to 256"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := good
			c.change(&i)
			require.ErrorIs(t, i.Validate(), types.ErrInvalidIdentity)
			require.ErrorContains(t, i.Validate(), c.want)
		})
	}
}

func TestAddress(t *testing.T) {
	params.ConfigureSDK()
	good := sdk.AccAddress(make([]byte, types.HotkeySize)).String()
	for _, parse := range []func(field, text string) (sdk.AccAddress, error){types.ParseAddress, types.ParseHotkey} {
		addr, err := parse("hotkey", good)
		require.NoError(t, err)
		require.Len(t, addr, types.HotkeySize)
		for _, bad := range []string{"", "x", " " + good, strings.ToUpper(good), good[:len(good)-1] + "q", strings.Replace(good, "agon", "atom", 1)} {
			_, err := parse("hotkey", bad)
			require.ErrorIs(t, err, types.ErrInvalidAddress, bad)
			require.ErrorContains(t, err, "hotkey is ")
		}
	}
	_, err := types.ParseHotkey("hotkey", sdk.AccAddress(make([]byte, 32)).String())
	require.ErrorContains(t, err, "hotkey has 32 bytes, want 20")
	_, err = types.ParseAddress("owner", sdk.AccAddress(make([]byte, 32)).String())
	require.NoError(t, err)
}
