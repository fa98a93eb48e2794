// Package pages renders the dashboard: whole pages on the server, that are useful without JavaScript, in English and Swedish. What they show comes from
// where the API's answers come from, so that the two agree. It leaves who may ask to package access, and keeps nothing between requests.
package pages
