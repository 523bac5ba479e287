package api

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/body"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/wire"
)

// checkRefusal says what holds of everything that a caller is told: it is the caller's fault, in OpenAI's shape, and bounded.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	api := explain(err)
	require.GreaterOrEqual(t, api.Status, 400, err)
	require.Less(t, api.Status, 500, err)
	raw, err := json.Marshal(api)
	require.NoError(t, err)
	require.Less(t, len(raw), 4096)
}

// FuzzBody reads any body, with any of the gateway's headers, as a chat, a completion and a response. What is taken is an object without the gateway's own members,
// and costs are bounded by it; all else is the caller's fault.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"model":"1/m@2","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},"logprobs":true,"seed":1,"provider":{"sort":"price"}}`,
		`{"model":"auto","prompt":"once","logprobs":5,"echo":false,"best_of":1,"max_tokens":-1}`, `{"model":"auto","prompt":["a","b"]}`,
		`{"model":"1","instructions":"be brief","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"1"}],"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"function","name":"f"},"text":{"format":{"type":"json_schema","name":"n","schema":{}}},"reasoning":{"effort":"low"},"max_output_tokens":18446744073709551616}`,
		`{"model":"1","input":"x","text":{"format":{"type":"json_schema","type":"text"}},"background":true}`, `{"model":1,"messages":null}`, `{"model":"1","agon":{"ensemble":{"of":9007199254740993,"by":"vote"}}}`,
		`{"model":"1","agon":{"ensemble":{"of":3,"by":"vote"}},"messages":[],"MODEL":"2"}`, `{"model":"1","stream":"true"}`, "{\"model\":\"\xff\",\"input\":\"\xff\"}", `{"input":[` + strings.Repeat("[", 1000), `{"model":"1","tools":3,"input":[[]]}`,
	} {
		f.Add([]byte(s), "", "", "", false)
	}
	f.Add([]byte(`{}`), "auto", `{"only":["a"]}`, strings.Repeat("A", 43), true)
	f.Add([]byte(`{"model":"1"}`), "\x00", `{`, "=", true)
	f.Fuzz(func(t *testing.T, raw []byte, model, provider, tag string, verbatim bool) {
		chats := [][]byte{raw}
		for _, translate := range []func([]byte) ([]byte, error){completionToChat, func(raw []byte) ([]byte, error) {
			chat, r, err := responseToChat(raw)
			if err == nil {
				checkResponse(t, r)
			}
			return chat, err
		}} {
			chat, err := translate(raw)
			if err != nil {
				checkRefusal(t, err)
				continue
			}
			_, err = body.Parse(chat)
			require.NoError(t, err, "a translation that nobody can read: %s", chat)
			chats = append(chats, chat)
		}
		for _, chat := range chats {
			r := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil)
			for name, v := range map[string]string{HeaderModel: model, HeaderProvider: provider, wire.HeaderTag: tag} {
				if v != "" {
					r.Header[http.CanonicalHeaderKey(name)] = []string{v}
				}
			}
			if verbatim {
				r.Header.Set(HeaderVerbatim, "1")
			}
			in, err := (&call{a: New(Options{}), r: r, w: httptest.NewRecorder(), who: open{}}).parse(chat)
			if err != nil {
				checkRefusal(t, err)
				continue
			}
			for _, disguise := range []bool{false, true} {
				sent := in.upstream(route.Candidate{}, disguise, func(string) bool { return false })
				if verbatim {
					require.Equal(t, chat, sent)
					continue
				}
				o, err := body.Parse(sent)
				require.NoError(t, err, "%s", sent)
				require.Nil(t, o.Get("provider"))
				require.Nil(t, o.Get("agon"))
				require.LessOrEqual(t, len(sent), len(chat)+maxAdded, "more is sent than is reserved for")
			}
			demand := wire.ReadDemand(chat, 0)
			require.LessOrEqual(t, demand.Output, uint32(wire.DefaultMaxOutput))
		}
	})
}

func checkResponse(t *testing.T, r *response) {
	t.Helper()
	_, err := json.Marshal(r)
	require.NoError(t, err)
}

// FuzzAnswer hands the translations whatever a miner may say, whole and as events: each gives JSON or says that it is the miner's fault, and a stream of events ends
// well after any of them.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"1","choices":[{"index":0,"message":{"content":"hi","tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop","logprobs":{"content":[{"token":"hi","logprob":-0.1,"top_logprobs":[{"token":"a","logprob":-1}]}]}}],"usage":{"prompt_tokens":1}}`), []byte(`{}`))
	f.Add([]byte(`{"choices":[{"index":0,"delta":{"content":"a","tool_calls":[{"index":-1,"function":{"arguments":"{"}},{"index":9223372036854775807,"function":{"arguments":"}"}}]}}]}`), []byte(`{"choices":[{"delta":{"content":"b","tool_calls":[{"index":-1,"function":{"arguments":"x"}}]},"finish_reason":"length"}],"usage":{"total_tokens":-1}}`))
	f.Add([]byte("{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}"), []byte(`{"choices":3,"usage":null}`))
	f.Add([]byte(`{"choices":[{"logprobs":{"content":[{"logprob":-1e308},{"logprob":-1e308}]}}]}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for _, in := range []*input{{}, {usage: true, logprobs: true}, {verbatim: true}} {
			shown := in.shown(first)
			if json.Valid(first) {
				require.True(t, json.Valid(shown))
			}
			if out, err := completionOf(first, in.logprobs); err == nil {
				require.True(t, json.Valid(out))
			} else {
				require.ErrorIs(t, err, errAnswer)
			}
			r := &response{Object: "response", Output: []responseItem{}}
			if err := r.take(first); err == nil {
				checkResponse(t, r)
			} else {
				require.ErrorIs(t, err, errAnswer)
			}
			text, mean := spoken(first)
			require.False(t, math.IsNaN(mean), "%q has a mean that compares with nothing", text)
			for _, flow := range []filter{&chatFilter{in: in}, &completionFilter{in: in}, &responseFilter{in: in, r: &response{Object: "response", Output: []responseItem{}}}} {
				for _, e := range [][]byte{first, second} {
					out, err := flow.event(e)
					if err != nil {
						require.ErrorIs(t, err, errAnswer)
						continue
					}
					for _, o := range out {
						require.Equal(t, json.Valid(e) || flow.trailer() && json.Valid(o), json.Valid(o), "%q became %q", e, o)
						_ = flow.name(o)
					}
				}
				for _, o := range flow.end() {
					require.True(t, json.Valid(o))
					require.NotEmpty(t, flow.name(o))
				}
				failed := flow.fail([]byte(`{"error":{"message":"x","code":"y"}}`))
				require.True(t, json.Valid(failed))
			}
		}
	})
}

// FuzzContentType: a body is taken whole and within its bound, or refused, whatever its headers say of it.
func FuzzContentType(f *testing.F) {
	for _, s := range []string{"application/json", "application/json; charset=utf-8", wire.ContentTypeSealed, "", "application/json;", "a/b; x=\xff", "application/json; charset=\"", "multipart/form-data; boundary=" + strings.Repeat("a", 1000)} {
		f.Add(s, "identity", int64(10), []byte("{}"))
	}
	f.Add("application/json", "gzip", int64(-1), []byte("\x1f\x8b"))
	f.Add("application/json", "", int64(1<<62), []byte(strings.Repeat("a", 101)))
	f.Fuzz(func(t *testing.T, contentType, encoding string, length int64, raw []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(string(raw)))
		r.Header["Content-Type"], r.Header["Content-Encoding"] = []string{contentType}, []string{encoding}
		r.ContentLength = length
		got, sealed, err := (&call{a: New(Options{MaxBody: 100}), r: r, w: httptest.NewRecorder()}).read()
		if err != nil {
			checkRefusal(t, err)
			return
		}
		limit := 100
		if sealed {
			limit += wire.SealedOverhead
		}
		require.LessOrEqual(t, len(got), limit)
		require.Equal(t, string(raw), string(got))
	})
}
