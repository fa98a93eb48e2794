// Package access decides who may ask the HTTP server what. It leaves to the server what is answered, and says of itself only how to log in.
//
// A request passes, in this order: headers that keep browsers strict, a bound of its size, the name by which the server is asked, the origin of the
// page that asks, a rate for its address, who it comes from, a rate for them, and the role that its route needs. Who it comes from tell a bearer
// token, a session, or a client's certificate. [Guard.Handler] is all of it.
//
// # Tokens
//
// The tokens file has a line for each: its name, its role, and the SHA-256 of the token. Tokens are random, of 130 bits, so that nothing is to be
// gained by a slow hash: those exist for passwords that people choose, of which a list can be tried. Whoever reads the file finds no token by it.
//
// # Sessions
//
// No process keeps sessions. A session is a cookie, sealed (AES-256-GCM) with its end by a key that follows from the token's line in the file, or
// from the client secret of OpenID Connect, so that every process with the same file takes it. What is sealed of a token is the token: whoever
// reads the file has the key, and can make no session for lack of a token; whoever steals a cookie can move neither its end nor read the token out
// of it, for lack of the key. The name of the token stands beside it, and with the line goes the key: sessions of a token that is taken out of the
// file end at once.
//
// Invariant: a route that nobody named needs a viewer, and where nothing tells who asks the server answers on loopback alone, unless it was told
// otherwise.
package access
