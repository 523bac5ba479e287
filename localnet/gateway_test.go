package localnet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/api"
	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// dearPrice makes what calls bring far more than what transactions cost.
var dearPrice = wire.Price{PerRequest: 1_000_000, PerMillionInput: 20_000_000, PerMillionOutput: 100_000_000}

// paidModel has a price, freeModel has none.
const paidModel, freeModel = "speeches/sotu-base", "speeches/sotu-late"

// gatewayConfig is a network for conversations with two miners, of which one has a price, and a gateway.
func gatewayConfig(t *testing.T) localnet.Config {
	t.Helper()
	cfg := smallConfig(t)
	root := filepath.Dir(cfg.BinDir)
	// No challenges, whose answers an owner pays fees for.
	cfg.Params = map[string]string{"payment/withdraw_delay": "4", "model/challenge_interval": "100000"}
	if err := cfg.AddSpeeches(filepath.Join(root, "models"), filepath.Join(root, ".agon", "data", "sotu")); err != nil {
		t.Skipf("%s", err)
	}
	cfg.Subnets = cfg.Subnets[1:]
	s := &cfg.Subnets[0]
	s.Miners, s.Validators = s.Miners[:2], nil
	cfg.AddGateway()
	for i := range s.Miners {
		s.Miners[i].Price = wire.Price{}
	}
	s.Miners[1].Price, s.Miners[1].ClaimAbove = dearPrice, 10*dearPrice.PerRequest
	if err := cfg.Validate(); err != nil {
		t.Skipf("%s", err)
	}
	return cfg
}

// caller is a user of the gateway that keeps account of what answers cost.
type caller struct {
	openai.Client
	answered, cost atomic.Uint64
}

func newCaller(g *localnet.Gateway) *caller {
	return &caller{Client: openai.NewClient(option.WithBaseURL(g.URL+"/v1"), option.WithAPIKey(g.APIKey), option.WithMaxRetries(0))}
}

func speech(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: model, MaxTokens: openai.Int(16), Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("My fellow Americans,")},
	}
}

// spend notes an answer by the miner's own price.
func (c *caller) spend(t *testing.T, u openai.CompletionUsage) uint64 {
	t.Helper()
	cost, err := dearPrice.Cost(uint32(u.PromptTokens), uint32(u.CompletionTokens))
	require.NoError(t, err)
	c.answered.Add(1)
	c.cost.Add(cost)
	return cost
}

// whole asks the miner with a price for an answer in one piece. An error is the gateway's or the connection's.
func (c *caller) whole(ctx context.Context, t *testing.T) error {
	t.Helper()
	var raw *http.Response
	answer, err := c.Chat.Completions.New(ctx, speech(paidModel), option.WithResponseInto(&raw))
	if err != nil {
		return err
	}
	require.NotEmpty(t, answer.Choices[0].Message.Content)
	require.NotEmpty(t, raw.Header.Get("X-Request-Id"))
	require.Equal(t, strconv.FormatUint(c.spend(t, answer.Usage), 10), raw.Header.Get(api.HeaderCost))
	return nil
}

// stream asks the same in events and reads them to the end.
func (c *caller) stream(ctx context.Context, t *testing.T) error {
	t.Helper()
	p := speech(paidModel)
	p.StreamOptions.IncludeUsage = openai.Bool(true)
	events := c.Chat.Completions.NewStreaming(ctx, p)
	defer events.Close()
	var text strings.Builder
	var usage openai.CompletionUsage
	for events.Next() {
		e := events.Current()
		for _, choice := range e.Choices {
			text.WriteString(choice.Delta.Content)
		}
		if e.Usage.CompletionTokens > 0 {
			usage = e.Usage
		}
	}
	if err := events.Err(); err != nil {
		return err
	}
	require.NotEmpty(t, text.String())
	require.NotZero(t, usage.CompletionTokens, "the stream is whole")
	c.spend(t, usage)
	return nil
}

// TestGateway calls miners through a gateway as its users do, kills it under load, and follows the money from the gateway's account to
// the miner's owner and back: nothing is lost and nothing is paid twice.
func TestGateway(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cfg := gatewayConfig(t)
	n := up(t, ctx, cfg)
	run := func(args ...string) map[string]any { t.Helper(); return verb(t, cfg, n, args...) }
	g, free, paid := n.Gateway(), n.Miners()[0], n.Miners()[1]
	users := newCaller(g)
	balance := func(address string) uint64 {
		t.Helper()
		coin, err := n.Client().Balance(ctx, address)
		require.NoError(t, err)
		return coin.Amount.Uint64()
	}
	held := func() uint64 { t.Helper(); return units(t, run("payment", "show", g.Account), "balance") }
	channels := func(of ...string) []any {
		t.Helper()
		list, ok := run(append([]string{"payment", "channels"}, of...)...)["channels"].([]any)
		require.True(t, ok)
		return list
	}

	// What the miners serve and ask is on the chain a few blocks after they are ready.
	require.Eventually(t, func() bool {
		price, err := n.Client().Payment().Price(ctx, &paymenttypes.QueryPriceRequest{Netuid: localnet.Netuid, Hotkey: paid.Hotkey})
		if err != nil || price.Price.PerRequest != dearPrice.PerRequest {
			return false
		}
		for _, model := range []string{"1/sotu-late@1", "1/sotu-base@1"} {
			if _, err := users.Models.Get(ctx, model); err != nil {
				return false
			}
		}
		return true
	}, time.Minute, 200*time.Millisecond)
	require.Zero(t, len(channels(g.Account)))
	funded, earned := held(), balance(paid.Owner)

	t.Run("endpoints", func(t *testing.T) {
		info, err := os.Stat(cfg.EndpointsFile())
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it has a key")
		bz, err := os.ReadFile(cfg.EndpointsFile())
		require.NoError(t, err)
		var e localnet.Endpoints
		require.NoError(t, json.Unmarshal(bz, &e))
		require.Equal(t, []string{g.URL, g.APIKey, g.Account}, []string{e.Gateway, e.APIKey, e.GatewayAccount})
	})
	t.Run("doctor", func(t *testing.T) {
		doctor := func(args ...string) (string, error) {
			cmd := exec.CommandContext(ctx, filepath.Join(cfg.BinDir, "agon-gateway"), append([]string{"doctor", "--home", g.Home, "--output", "json"}, args...)...)
			out, err := cmd.Output()
			return string(out), err
		}
		type finding struct {
			What, Says string
			OK         bool
		}
		read := func(out string) (all []finding) {
			t.Helper()
			require.NoError(t, json.Unmarshal([]byte(out), &all), out)
			return all
		}
		out, err := doctor()
		require.NoError(t, err, out)
		var names []string
		for _, f := range read(out) {
			names = append(names, f.What)
			require.True(t, f.OK, "%s: %s", f.What, f.Says)
		}
		require.Equal(t, []string{"key", "node", "address", "money", "miners", "database"}, names)
		require.Contains(t, out, g.Account+" has "+strconv.FormatUint(funded, 10)+" nagon")
		require.Contains(t, out, "2 in 1 subnets")
		out, err = doctor("--chain-id", "other-7")
		require.Error(t, err)
		for _, f := range read(out) {
			require.Equal(t, f.What != "node", f.OK, "%s: %s", f.What, f.Says)
			if f.What == "node" {
				require.Contains(t, f.Says, `not on "other-7"`)
			}
		}
	})
	t.Run("refusals", func(t *testing.T) {
		for key, want := range map[string]string{"agon-nothing": "invalid_api_key", g.APIKey: "model_not_found"} {
			_, err := users.Chat.Completions.New(ctx, speech("1/nowhere"), option.WithAPIKey(key))
			var e *openai.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, want, e.Code, e.Message)
		}
	})
	t.Run("free", func(t *testing.T) {
		var raw *http.Response
		_, err := users.Chat.Completions.New(ctx, speech(freeModel), option.WithResponseInto(&raw))
		require.NoError(t, err)
		require.Equal(t, "1/"+free.Hotkey, raw.Header.Get("Agon-Miner"))
		require.Empty(t, channels(g.Account), "a channel to a miner without a price")
	})
	t.Run("paid", func(t *testing.T) {
		require.NoError(t, users.whole(ctx, t))
		require.NoError(t, users.stream(ctx, t))
		list := channels(g.Account)
		require.Len(t, list, 1)
		require.Equal(t, paid.Hotkey, list[0].(map[string]any)["payee"])
	})
	id := channels(g.Account)[0].(map[string]any)["channel"].(string)
	channel := func() (deposit, claimed, rest uint64) {
		t.Helper()
		doc := run("payment", "show", id)
		return units(t, doc, "deposit"), units(t, doc, "claimed"), units(t, doc, "rest")
	}
	var unread uint64 // what callers paid for whose costs nobody here reads
	t.Run("as-the-documents-say", func(t *testing.T) {
		before := paidSoFar(t, g)
		require.Equal(t, users.cost.Load(), before, "gateway and receipts agree")
		documents(t, cfg, g)
		unread = paidSoFar(t, g) - before
		require.NotZero(t, unread)
	})
	t.Run("killed-under-load", func(t *testing.T) {
		var wg sync.WaitGroup
		down := make(chan struct{})
		back := make(chan struct{})
		for range 4 {
			wg.Go(func() { // ends when it has called for a while after the gateway came back
				for after := 0; after < 10; {
					again := false
					select {
					case <-back:
						again = true
					default:
					}
					switch err := users.whole(ctx, t); {
					case err == nil && again:
						after++
					case err != nil && again:
						t.Errorf("a call after the gateway came back: %s", err)
						return
					case err != nil:
						select { // the gateway is away, and has not refused a call of anybody
						case <-down:
						default:
							t.Errorf("a call before the gateway was killed: %s", err)
							return
						}
						var refused *openai.Error
						if errors.As(err, &refused) && refused.Code != "starting" {
							t.Errorf("the gateway refused a call: %s", err)
							return
						}
						time.Sleep(20 * time.Millisecond)
					}
				}
			})
		}
		enough := users.answered.Load() + 20
		require.Eventually(t, func() bool { return users.answered.Load() >= enough || t.Failed() }, 30*time.Second, time.Millisecond)
		close(down)
		g.Kill()
		require.NoError(t, g.Start())
		require.NoError(t, g.WaitReady(ctx))
		close(back)
		wg.Wait()
		require.Len(t, channels(g.Account), 1, "the gateway went on with the channel that it had")
	})
	t.Run("claimed-while-it-runs", func(t *testing.T) {
		require.Eventually(t, func() bool { _, claimed, _ := channel(); return claimed > 0 }, 20*time.Second, 200*time.Millisecond)
		require.Greater(t, balance(paid.Owner), earned)
	})
	t.Run("streams-end-before-the-gateway-does", func(t *testing.T) {
		var wg sync.WaitGroup
		begun := make(chan struct{}, 4)
		for range cap(begun) {
			wg.Go(func() { // ends with its stream
				body := `{"model":"` + paidModel + `","stream":true,"max_tokens":64,"messages":[{"role":"user","content":"My fellow Americans,"}]}`
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL+"/v1/chat/completions", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+g.APIKey)
				req.Header.Set("Content-Type", "application/json")
				resp, err := http.DefaultClient.Do(req)
				begun <- struct{}{}
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				bz, err := io.ReadAll(resp.Body)
				if err != nil || !bytes.HasSuffix(bz, []byte("data: [DONE]\n\n")) {
					t.Errorf("a stream that had begun ended with %q (%v)", bz[max(0, len(bz)-200):], err)
				}
			})
		}
		for range cap(begun) {
			<-begun
		}
		before := time.Now()
		g.Stop()
		wg.Wait()
		require.Less(t, time.Since(before), 8*time.Second, "it was killed")
		require.NoError(t, g.Start())
		require.NoError(t, g.WaitReady(ctx))
		require.NoError(t, users.whole(ctx, t))
	})
	t.Run("to-the-last-nagon", func(t *testing.T) {
		// Who stops claims what is left.
		paid.Stop()
		g.Stop()
		deposit, claimed, rest := channel()
		require.Equal(t, deposit, claimed+rest)
		require.Equal(t, funded, held()+deposit, "nothing but the channel has left the account")
		t.Logf("%d calls, %d nagon by their receipts, %d unread; %d claimed of %d", users.answered.Load(), users.cost.Load(), unread, claimed, deposit)
		require.GreaterOrEqual(t, claimed, users.cost.Load()+unread, "a voucher was lost")
		// Beside them: the four streams above, four calls that the kill cut off, and as credit for the next ones what four that run at once can cost.
		require.Less(t, claimed, users.cost.Load()+unread+3*4*dearPrice.PerRequest*11/10, "more was claimed than calls explain")

		number, err := strconv.ParseUint(id, 10, 64)
		require.NoError(t, err)
		terms, err := n.Client().Payment().Channel(ctx, &paymenttypes.QueryChannelRequest{Id: number})
		require.NoError(t, err)
		got, part := balance(paid.Owner)-earned, claimed*uint64(terms.Channel.Terms.MinerBps)/10_000
		const fees = 2_000_000 // of the claims, which the owner pays
		require.Greater(t, part, uint64(10*fees))
		require.InDelta(t, part, got, fees, "the miner's part is with its owner")

		_, err = n.Submit(ctx, g.Keys(), localnet.GatewayKey, &paymenttypes.MsgRequestWithdrawal{Signer: g.Account, Channel: terms.Channel.Id})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, err := n.Submit(ctx, g.Keys(), localnet.GatewayKey, &paymenttypes.MsgFinishWithdrawal{Signer: g.Account, Channel: terms.Channel.Id})
			return err == nil
		}, 30*time.Second, cfg.BlockTime)
		_, now, _ := channel()
		require.Equal(t, claimed, now)
		require.Equal(t, funded-claimed, held(), "all that was not claimed is back")
	})
	t.Run("no-log-has-the-key", func(t *testing.T) {
		logs, err := filepath.Glob(filepath.Join(cfg.Dir, "logs", "*.log"))
		require.NoError(t, err)
		require.NotEmpty(t, logs)
		for _, path := range logs {
			bz, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotContains(t, string(bz), g.APIKey, path)
			require.NotContains(t, string(bz), "panic", path)
		}
	})
}

// paidSoFar is what the gateway says that calls have cost since its start, in nagon.
func paidSoFar(t *testing.T, g *localnet.Gateway) uint64 {
	t.Helper()
	resp, err := http.Get(g.Metrics())
	require.NoError(t, err)
	defer resp.Body.Close()
	bz, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(bz), "\nagon_gateway_cost_nagon_total ")
	require.True(t, ok, "%s", bz)
	value, _, _ := strings.Cut(after, "\n")
	cost, err := strconv.ParseFloat(value, 64)
	require.NoError(t, err)
	return uint64(cost)
}

// documents runs what README and docs/builders.md show to who begins, as it stands there.
func documents(t *testing.T, cfg localnet.Config, g *localnet.Gateway) {
	t.Helper()
	root := filepath.Dir(cfg.BinDir)
	program := func(t *testing.T, name, dir string, args ...string) string {
		t.Helper()
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		cmd := exec.CommandContext(t.Context(), path, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "OPENAI_BASE_URL="+g.URL+"/v1", "OPENAI_API_KEY="+g.APIKey)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s", stderr.String())
		return string(out)
	}
	builders := filepath.Join(root, "docs", "builders.md")
	for name, script := range map[string]string{
		"readme": block(t, filepath.Join(root, "README.md"), "\nN=.agon/", "/v1/chat/completions"),
		"curl":   block(t, builders, "export OPENAI_BASE_URL", "endpoints.json") + block(t, builders, "curl -sS", "$OPENAI_API_KEY"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("jq"); err != nil {
				t.Skip("jq is not installed")
			}
			out := program(t, "bash", t.TempDir(), "-euc", strings.ReplaceAll(script, ".agon/localnet/endpoints.json", cfg.EndpointsFile()))
			var answer openai.ChatCompletion
			require.NoError(t, json.Unmarshal([]byte(out), &answer), out)
			require.NotEmpty(t, answer.Choices[0].Message.Content)
		})
	}
	t.Run("javascript", func(t *testing.T) {
		modules := filepath.Join(root, ".agon", "openai", "node_modules")
		if _, err := os.Stat(filepath.Join(modules, "openai")); err != nil {
			t.Skip("OpenAI's client for JavaScript is not there; fetch it with: scripts/openai.sh")
		}
		dir := t.TempDir()
		require.NoError(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "chat.mjs"), []byte(block(t, builders, "import OpenAI", "stream: true")), 0o600))
		require.NotEmpty(t, strings.TrimSpace(program(t, "node", dir, "chat.mjs")))
	})
	t.Run("go", func(t *testing.T) {
		shown := block(t, builders, "package main", "NewStreaming")
		source, err := os.ReadFile(filepath.Join(root, "examples", "chat", "main.go"))
		require.NoError(t, err)
		require.Contains(t, string(source), shown, "docs/builders.md shows examples/chat")
		require.NotEmpty(t, strings.TrimSpace(program(t, "go", root, "run", "./examples/chat")))
	})
}

// block is the one fenced block of a document that has all the words.
func block(t *testing.T, path string, words ...string) string {
	t.Helper()
	bz, err := os.ReadFile(path)
	require.NoError(t, err)
	var found []string
	for i, part := range strings.Split(string(bz), "```") {
		_, text, _ := strings.Cut(part, "\n") // behind the name of the language
		has := i%2 == 1
		for _, word := range words {
			has = has && strings.Contains(part, word)
		}
		if has {
			found = append(found, text)
		}
	}
	require.Len(t, found, 1, "%s: blocks with %q", path, words)
	return found[0]
}
