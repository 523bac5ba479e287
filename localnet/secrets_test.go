package localnet_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
)

// words24 are those that recover a key.
var words24 = regexp.MustCompile(`\b(?:[a-z]{3,8} ){23}[a-z]{3,8}\b`)

// secrets are what must show nowhere, by what each is.
type secrets map[string]string

// add takes bytes in every way that a program writes them.
func (s secrets) add(name string, raw []byte) {
	s[name+" in hexadecimal"] = hex.EncodeToString(raw)
	s[name+" in base64"] = strings.TrimRight(base64.StdEncoding.EncodeToString(raw), "=")
	s[name+" in base64url"] = base64.RawURLEncoding.EncodeToString(raw)
	s[name+" as a list"] = strings.Trim(fmt.Sprint(raw[:8]), "[]")
	s[name+" as it is"] = string(raw)
}

// in names the secrets that stand in a text.
func (s secrets) in(text []byte) (found []string) {
	upper := bytes.ToUpper(text)
	for name, secret := range s {
		if bytes.Contains(text, []byte(secret)) || strings.HasSuffix(name, "hexadecimal") && bytes.Contains(upper, []byte(strings.ToUpper(secret))) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// keys adds the mnemonics that init showed, and all keys and seeds that it made.
func (s secrets) keys(t *testing.T, program, shown, home, passphraseFile string, seeds ...string) *chain.Keyring {
	t.Helper()
	mnemonics := words24.FindAllString(shown, -1)
	require.NotEmpty(t, mnemonics, "init of %s showed no words", program)
	ring, err := chain.OpenKeyring(home, "file", chain.Passphrase{File: passphraseFile})
	require.NoError(t, err)
	names, err := ring.Names()
	require.NoError(t, err)
	require.Len(t, mnemonics, len(names), "a mnemonic for each key of %s", program)
	for i, m := range mnemonics {
		s[fmt.Sprintf("mnemonic %d of %s", i, program)] = m
		s[fmt.Sprintf("end of mnemonic %d of %s", i, program)] = strings.Join(strings.Fields(m)[18:], " ")
	}
	for _, name := range names {
		record, err := ring.SDK().Key(name)
		require.NoError(t, err)
		key, ok := record.GetLocal().PrivKey.GetCachedValue().(cryptotypes.PrivKey)
		require.True(t, ok)
		s.add(fmt.Sprintf("key %s of %s", name, program), key.Bytes())
	}
	for _, name := range seeds {
		seed, err := ring.Seed(name)
		require.NoError(t, err)
		s.add(fmt.Sprintf("seed %s of %s", name, program), seed[:])
	}
	return ring
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// talkative is a program that runs and says all that it can say.
type talkative struct {
	name string
	cmd  *exec.Cmd
	log  string
}

func runs(t *testing.T, name, path string, args ...string) *talkative {
	t.Helper()
	p := &talkative{name: name, cmd: exec.Command(path, args...), log: filepath.Join(t.TempDir(), name+".log")}
	log, err := os.Create(p.log)
	require.NoError(t, err)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		_ = p.cmd.Wait()
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(p.log)
			t.Logf("%s ends:\n%s", name, text[max(0, len(text)-1500):])
		}
	})
	return p
}

// wait polls until a page answers with a status.
func wait(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		require.NoError(t, err)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			require.FailNow(t, "waited in vain", "%s", url)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// TestSecretsStaySecret runs each program with encrypted keys and all that it can log, has it do its work and refuse some, and finds none of its secrets in its log, in the
// arguments and the environment that every user of the machine can read, or in a file in the clear.
func TestSecretsStaySecret(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("arguments of processes are read in /proc")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	s := &cfg.Subnets[0]
	s.Miners, s.Validators = s.Miners[:1], s.Validators[:1]
	n := up(t, ctx, cfg)
	node := n.Nodes()[0]
	hidden := secrets{}

	// The node, again with all that it can log.
	node.Kill()
	agond := runs(t, "agond", "/bin/sh", "-c", "exec "+node.Command()+" --log_level debug")
	wait(t, ctx, node.RPC()+"/health")
	for _, file := range []string{"priv_validator_key.json", "node_key.json"} {
		raw, err := os.ReadFile(filepath.Join(node.Home(), "config", file))
		require.NoError(t, err)
		var doc struct {
			Key struct {
				Value []byte `json:"value"`
			} `json:"priv_key"`
		}
		require.NoError(t, json.Unmarshal(raw, &doc))
		require.Len(t, doc.Key.Value, 64)
		hidden.add(file, doc.Key.Value[:32])
		hidden[file+" whole"] = base64.StdEncoding.EncodeToString(doc.Key.Value)
	}

	dir := t.TempDir()
	const passphrase = "zebra-crossing-7719-umbrella"
	passphraseFile := filepath.Join(dir, "passphrase")
	require.NoError(t, os.WriteFile(passphraseFile, []byte(passphrase+"\n"), 0o600))
	hidden["passphrase"] = passphrase
	common := []string{"--rpc", node.RPC(), "--grpc", node.GRPC(), "--chain-id", cfg.ChainID, "--keyring-backend", "file", "--passphrase-file", passphraseFile, "--log-level", "debug"}
	initialize := func(program string, more ...string) (home, shown string) {
		home = filepath.Join(dir, program)
		out, err := exec.CommandContext(ctx, filepath.Join(cfg.BinDir, program), slices.Concat([]string{"init", "--home", home}, common, more)...).CombinedOutput()
		require.NoError(t, err, "%s", words24.ReplaceAll(out, []byte("[words]")))
		return home, string(out)
	}
	listen, mineMetrics, validMetrics, api, administration := freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t)
	minerHome, shown := initialize("agon-miner", "--netuid", "1", "--expert", "whatlang", "--listen", listen, "--public-url", "http://"+listen, "--metrics-listen", mineMetrics)
	minerRing := hidden.keys(t, "agon-miner", shown, minerHome, passphraseFile, "service", "sealing")
	validatorHome, shown := initialize("agon-validator", "--netuid", "1", "--data-dir", s.DataDir, "--allow-private", "--metrics-listen", validMetrics)
	validatorRing := hidden.keys(t, "agon-validator", shown, validatorHome, passphraseFile)
	gatewayHome, shown := initialize("agon-gateway", "--listen", api, "--admin-listen", administration, "--allow-private")
	gatewayRing := hidden.keys(t, "agon-gateway", shown, gatewayHome, passphraseFile)

	// An API key, one that was made up, and the administrator's token.
	gateway := filepath.Join(cfg.BinDir, "agon-gateway")
	out, err := exec.CommandContext(ctx, gateway, "customer", "create", "tester", "--home", gatewayHome).Output()
	require.NoError(t, err, "%s", out)
	customer := regexp.MustCompile(`cus-[0-9a-f]{16}`).FindString(string(out))
	require.NotEmpty(t, customer, "%s", out)
	out, err = exec.CommandContext(ctx, gateway, "customer", "credit", customer, "10agon", "--home", gatewayHome).CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(ctx, gateway, "key", "create", "app", "--home", gatewayHome).Output()
	require.NoError(t, err, "%s", out)
	apiKey := regexp.MustCompile(`agon-sk-[0-9a-f]{16}-([A-Za-z0-9_-]{43})`).FindStringSubmatch(string(out))
	require.Len(t, apiKey, 2, "key create shows its secret")
	hidden["API key"] = apiKey[1]
	madeUp := "agon-sk-0123456789abcdef-" + strings.Repeat("Zq9", 14) + "Z"
	hidden["API key that nobody has"] = strings.Repeat("Zq9", 14)

	var owners []sdk.Msg
	holder, err := n.Keys().Address(localnet.HolderKey)
	require.NoError(t, err)
	for ring, name := range map[*chain.Keyring]string{minerRing: chain.KeyOwner, validatorRing: chain.KeyOwner, gatewayRing: "gateway"} {
		to, err := ring.Address(name)
		require.NoError(t, err)
		owners = append(owners, banktypes.NewMsgSend(holder, to, sdk.NewCoins(params.Agon(3_000))))
	}
	_, err = n.Submit(ctx, n.Keys(), localnet.HolderKey, owners...)
	require.NoError(t, err)

	programs := []*talkative{
		agond,
		runs(t, "agon-miner", filepath.Join(cfg.BinDir, "agon-miner"), "run", "--home", minerHome, "--register"),
		runs(t, "agon-validator", filepath.Join(cfg.BinDir, "agon-validator"), "run", "--home", validatorHome, "--register"),
		runs(t, "agon-gateway", gateway, "run", "--home", gatewayHome),
	}
	wait(t, ctx, "http://"+mineMetrics+"/healthz")
	wait(t, ctx, "http://"+validMetrics+"/healthz")
	wait(t, ctx, "http://"+api+"/readyz")
	token, err := os.ReadFile(filepath.Join(gatewayHome, "admin-token"))
	require.NoError(t, err)
	hidden["administrator's token"] = strings.TrimSpace(string(token))

	ask := func(base, path, secret, body string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+base+path, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, ask(api, "/v1/chat/completions", madeUp, `{"model":"1","messages":[]}`))
	require.Equal(t, http.StatusNotFound, ask(api, "/v1/chat/completions", apiKey[0], `{"model":"1","messages":[]}`), "the key is one, and the subnet is none for chats")
	require.Equal(t, http.StatusOK, ask(api, "/v1/tasks/1", apiKey[0], `{"text":"bonjour tout le monde"}`))
	require.Equal(t, http.StatusBadRequest, ask(administration, "/admin/v1/keys", strings.TrimSpace(string(token)), `{`))
	require.Equal(t, http.StatusUnauthorized, ask(administration, "/admin/v1/keys", madeUp, `{}`))
	// What is done over and over has been done some times: blocks, questions, answers.
	time.Sleep(5 * time.Second)

	for _, p := range programs {
		for _, file := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
			require.NoError(t, err, "%s has ended", p.name)
			require.NotEmpty(t, text)
			require.Empty(t, hidden.in(text), "%s of %s", file, p.name)
		}
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	}
	hotkey, err := minerRing.Address(chain.KeyHotkey)
	require.NoError(t, err)
	public := secrets{"hotkey": hotkey.String()}
	for _, p := range programs {
		_ = p.cmd.Wait()
		text, err := os.ReadFile(p.log)
		require.NoError(t, err)
		require.Empty(t, hidden.in(text), "log of %s", p.name)
		require.Greater(t, len(text), 50, "%s says nothing, so that this shows nothing:\n%s", p.name, text)
		if p.name == "agon-miner" {
			require.Equal(t, []string{"hotkey"}, public.in(text), "what is public is found, so what is hidden would be")
		}
	}
	// Keys are encrypted; an API key is kept as its hash. Passphrase and token have files of their own.
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		found := hidden.in(text)
		switch filepath.Base(path) {
		case "passphrase", "admin-token":
			require.Len(t, found, 1, path)
			require.Zero(t, info.Mode().Perm()&0o077, "%s can be read by others", path)
		default:
			require.Empty(t, found, path)
		}
		return nil
	}))
	require.Greater(t, files, 12)
}
