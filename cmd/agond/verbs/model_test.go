package verbs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/model/content"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

func TestParseVersion(t *testing.T) {
	name, number, err := parseVersion("tiny-stories@3")
	require.NoError(t, err)
	require.Equal(t, "tiny-stories", name)
	require.EqualValues(t, 3, number)
	_, number, err = parseVersion("tiny-stories")
	require.NoError(t, err)
	require.Zero(t, number)
	for _, text := range []string{"", "a", "Tiny@1", "tiny@", "tiny@0", "tiny@-1", "tiny@1@2", "tiny@4294967296", "@1"} {
		_, _, err := parseVersion(text)
		require.Error(t, err, text)
	}
	_, _, err = wantVersion("tiny-stories")
	require.ErrorContains(t, err, "tiny-stories@1")
}

func TestParseParent(t *testing.T) {
	p, err := parseParent("base-model@2=12.5%")
	require.NoError(t, err)
	require.Equal(t, modeltypes.Parent{Model: "base-model", Version: 2, ShareBps: 1250}, p)
	p, err = parseParent("base-model@2")
	require.NoError(t, err)
	require.Zero(t, p.ShareBps)
	for _, text := range []string{"base-model=3%", "base-model@2=", "base-model@2=101%", "base-model@2=x"} {
		_, err := parseParent(text)
		require.Error(t, err, text)
	}
}

func TestSameNamesWhatDiffers(t *testing.T) {
	f := func(path string, size uint64) content.File {
		return content.File{Path: path, Size: size, Root: content.Hash{byte(size)}}
	}
	want := []content.File{f("a", 1), f("b", 2), f("d", 4)}
	require.NoError(t, same(want, want))
	err := same([]content.File{f("b", 3), f("c", 3), f("d", 4), f("e", 5)}, want)
	require.ErrorIs(t, err, errDiffers)
	for _, what := range []string{"a is missing", "b differs (3 bytes here, 2 there)", "c is not of it", "e is not of it"} {
		require.ErrorContains(t, err, what)
	}
	require.NotContains(t, err.Error(), "d ")
	path, err := matching(content.File{Path: "called otherwise", Size: 2, Root: content.Hash{2}}, want)
	require.NoError(t, err)
	require.Equal(t, "b", path)
	_, err = matching(f("b", 9), want)
	require.ErrorIs(t, err, errDiffers)
}

func TestSizes(t *testing.T) {
	for bytes, text := range map[uint64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1023.9 KiB", 70 << 30: "70.0 GiB"} {
		require.Equal(t, text, size(bytes))
	}
}
