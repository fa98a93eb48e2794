// Package browser has tests alone: the dashboard as a person meets it, in Chromium. They start the service on a broker, with a simulated marketplace, with real
// orders or with texts that mean harm, and look at every page in every state: what it shows, what it loads, what the console says, whether everybody can use
// it (axe-core), by a mouse, by the keyboard alone and without JavaScript.
//
//	make chromium axe && go test ./test/browser
//
// Without Chromium or axe-core the tests that need it are skipped, or with CI=true fail; both name the remedy.
//
//	go test ./test/browser -run ThreeClicks -images ../../docs/images
//
// takes the pictures of the README and of docs/dashboard.md anew.
package browser
