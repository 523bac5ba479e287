// Package external lets another program, in any language, be the examiner or the
// expert of a task. The program listens on a local address and speaks JSON over
// HTTP, one path per method of task.Examiner and task.Expert:
//
//	GET  /v1/descriptor                     -> task.Descriptor
//	POST /v1/open       {params, seed}      -> {}            once, before all else
//	POST /v1/questions  task.Round          -> {"questions": [task.Question]}
//	POST /v1/judge      {question, answer}  -> task.Judgement
//	POST /v1/settle     {results}           -> {"results": [task.Result]}
//	GET  /v1/state                          -> any JSON
//	PUT  /v1/state      that JSON           -> {}
//	POST /v1/held-out   {seed, n}           -> {"questions": [task.Question]}
//	GET  /v1/expert                         -> {"name", "version"}  version is 64 hex digits
//	POST /v1/answer     a request body      -> a response body
//
// Field names are those of the types in package task; bytes that are not JSON
// (an answer's body, the seed) are base64. An error is a status other than 200 with
// {"error": {"message", "code"}}; code "bad_request", "overloaded", "bad_state",
// "bad_parameters" and "no_material" stand for the errors of package task.
//
// The other program sees expectations and the seed: it is part of the validator
// and must not be reachable from outside its machine. The task refuses an examiner
// at an address that is not loopback; an expert may be elsewhere.
package external
