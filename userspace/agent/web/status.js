// SPDX-License-Identifier: GPL-2.0
/*
 * The status page: a list of sessions that server-sent events keep up to date.
 * What comes from outside becomes text, never markup.
 */
'use strict';

const PAGE = 100;		// rows shown at a time
const READ = 1000;		// sessions asked for at a time
const EVENTS = 200;		// remembered
const STATES = ['up', 'down', 'init', 'adminDown'];
const KINDS = [['sending', 'tx-late'], ['detection', 'detection-late'],
	['events', 'event-late'], ['timers', 'late']];

const sessions = new Map();	// by local discriminator
const happened = [];
const flashing = new Set();
let sort = { by: 'state', down: false };
let first = 0;			// row
let shown = null;		// discriminator of the session in detail
let queued = false;

const at = id => document.getElementById(id);

function element(name, text, kind) {
	const e = document.createElement(name);

	if (text !== undefined)
		e.textContent = text;
	if (kind)
		e.className = kind;
	return e;
}

// ---- asking ----

class Refused extends Error {}

async function ask(path, accept = 'application/json') {
	const headers = { Accept: accept };
	const token = sessionStorage.getItem('token');

	if (token)
		headers.Authorization = `Bearer ${token}`;
	const answer = await fetch(path, { headers, cache: 'no-store', credentials: 'omit' });
	if (answer.status === 401)
		throw new Refused();
	if (!answer.ok)
		throw new Error(`${path}: status ${answer.status}`);
	return answer;
}

const read = async path => (await ask(path)).json();
const pause = ms => new Promise(done => setTimeout(done, ms));

function live(kind, text) {
	at('live').className = kind;
	at('live-text').textContent = text;
}

function tell(text) {
	at('notice').textContent = text;
	at('notice').hidden = !text;
}

// ---- sessions ----

function interval(us) {
	if (us === undefined || us === 0)
		return '';
	if (us < 1000)
		return `${us} µs`;
	return us < 1e6 ? `${+(us / 1000).toPrecision(4)} ms` : `${+(us / 1e6).toPrecision(4)} s`;
}

// Addresses in the order of their numbers, not of their digits
const order = text => text.replace(/\d+/g, d => d.padStart(5, '0'));

function row(s) {
	const run = s['session-running'] || {};
	const diagnostic = run['local-diagnostic'] || '';
	const r = {
		id: s['local-discriminator'],
		state: run['local-state'] || 'down',
		remote: s['dest-addr'] || '',
		local: s['source-addr'] || '',
		interface: s.interface || '',
		vrf: s.vrf || '',
		detection: run['detection-time'] || 0,
		diagnostic: diagnostic === 'none' ? '' : diagnostic,
		origin: { config: 'configuration', claimed: 'a client' }[s.origin] || 'somebody else',
	};

	return index(r);
}

function index(r) {
	r.text = [r.state, r.remote, r.local, r.interface, r.vrf, r.diagnostic, r.origin]
		.join(' ').toLowerCase();
	r.order = order(r.remote);
	return r;
}

async function readAll() {
	let after = 0, position;

	sessions.clear();
	do {
		const page = await read(`/v1/sessions?limit=${READ}&after=${after}`);

		// what happens while we read comes again, and harms nobody
		position = position === undefined ? page.position : position;
		for (const s of page.sessions)
			sessions.set(s['local-discriminator'], row(s));
		after = page.next;
		draw();
	} while (after);
	return position;
}

function matching() {
	const words = at('filter').value.toLowerCase().split(/\s+/).filter(w => w);
	const rank = s => ['down', 'init', 'up', 'adminDown'].indexOf(s.state);
	const found = [...sessions.values()]
		.filter(s => words.every(w => w === 'up' || w === 'down' ? s.state === w :
					      s.text.includes(w)));
	const value = {
		state: rank, remote: s => s.order, local: s => order(s.local),
		detection: s => s.detection,
	}[sort.by] || (s => s[sort.by]);

	for (const s of found)
		s.key = value(s);
	found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 :
		a.order < b.order ? -1 : a.order > b.order ? 1 : a.id - b.id) *
		(sort.down ? -1 : 1));
	return found;
}

function drawRow(s) {
	const tr = element('tr');
	const name = element('td');
	const open = element('button', s.remote);

	open.type = 'button';
	open.addEventListener('click', () => showDetail(s.id));
	name.append(open);
	const state = element('td');
	state.append(element('span', s.state, `state ${STATES.includes(s.state) ? s.state : ''}`));
	tr.append(state, name, element('td', s.local), element('td', s.interface),
		element('td', s.vrf), element('td', interval(s.detection)),
		element('td', s.diagnostic), element('td', s.origin));
	if (flashing.has(s.id))
		tr.className = 'flash';
	return tr;
}

function drawTable() {
	const found = matching();
	const part = () => found.slice(first, first + PAGE);

	if (first >= found.length)
		first = Math.max(0, Math.floor((found.length - 1) / PAGE) * PAGE);
	const focus = document.activeElement && at('rows').contains(document.activeElement) ?
		[...at('rows').querySelectorAll('button')].indexOf(document.activeElement) : -1;
	at('rows').replaceChildren(...part().map(drawRow));
	if (focus >= 0)
		(at('rows').querySelectorAll('button')[focus] || at('filter')).focus();
	at('range').textContent = found.length ?
		`${first + 1} to ${Math.min(first + PAGE, found.length)} of ${found.length}` : 'none';
	at('previous').disabled = !first;
	at('next').disabled = first + PAGE >= found.length;
	for (const th of document.querySelectorAll('th')) {
		if (th.firstElementChild.dataset.sort === sort.by)
			th.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
		else
			th.removeAttribute('aria-sort');
	}
}

function drawTiles() {
	const counts = Object.fromEntries(STATES.map(s => [s, 0]));

	for (const s of sessions.values())
		counts[s.state] = (counts[s.state] || 0) + 1;
	at('tiles').replaceChildren(...STATES.map(s => {
		const li = element('li', undefined, s === 'up' ? 'up' :
			counts[s] && s !== 'adminDown' ? 'bad' : '');

		li.append(element('b', counts[s].toLocaleString('en')), s);
		return li;
	}));
	document.title = counts.down + counts.init ? `(${counts.down + counts.init}) BFD` : 'BFD';
}

function drawEvents() {
	at('events').replaceChildren(...happened.slice(0, 50).map(e => {
		const li = element('li');
		const state = STATES.includes(e.state) ? e.state : '';

		li.append(element('time', new Date(e.time / 1e6).toLocaleTimeString('en-GB')), ' ',
			element('span', e.what, `state ${state}`), ` ${e.who}`);
		return li;
	}));
	if (!happened.length)
		at('events').append(element('li', 'none since this page was opened'));
}

// However much happens, the page is drawn five times a second at most.
function draw() {
	if (queued)
		return;
	queued = true;
	setTimeout(() => {
		queued = false;
		drawTiles();
		drawTable();
		drawEvents();
	}, 200);
}

// ---- one session ----

function details(list, title, object) {
	const nested = [];

	if (title)
		list.append(element('h3', title));
	for (const [name, value] of Object.entries(object)) {
		if (value && typeof value === 'object') {
			nested.push([name, value]);
			continue;
		}
		const div = element('div');

		div.append(element('dt', name), element('dd', String(value)));
		list.append(div);
	}
	for (const [name, value] of nested)
		details(list, name, value);
}

async function showDetail(id) {
	shown = id;
	const s = await read(`/v1/sessions/${id}`).catch(() => null);
	if (shown !== id)
		return;
	if (!s) {
		closeDetail();
		return;
	}
	const list = at('detail-list');
	const wasHidden = at('detail').hidden;

	list.replaceChildren();
	details(list, '', s);
	at('detail-title').textContent = `Session to ${s['dest-addr']}`;
	at('detail').hidden = false;
	if (wasHidden)
		at('detail').scrollIntoView({ block: 'nearest' });
}

function closeDetail() {
	shown = null;
	at('detail').hidden = true;
}

// ---- events ----

function remember(e) {
	const who = [e['dest-addr'], e.interface, e.vrf].filter(t => t).join(' ');
	const why = e['local-diagnostic'] && e['local-diagnostic'] !== 'none' &&
		e['new-state'] !== 'up' ? ` (${e['local-diagnostic']})` : '';

	happened.unshift({
		time: e.time, who: who + why,
		state: e.event === 'state' ? e['new-state'] : '',
		what: e.event === 'state' ? e['new-state'] : e.event,
	});
	happened.splice(EVENTS);
}

function apply(e) {
	const id = e['local-discriminator'];
	const s = sessions.get(id);

	remember(e);
	if (e.event === 'deleted') {
		sessions.delete(id);
		if (shown === id)
			closeDetail();
	} else if (s) {
		s.state = e['new-state'];
		s.diagnostic = e['local-diagnostic'] === 'none' ? '' : e['local-diagnostic'] || '';
		s.local = e['source-addr'] || s.local;
		index(s);
		flashing.add(id);
		setTimeout(() => {
			flashing.delete(id);
			draw();
		}, 2000);
	}
	if (e.event === 'created' || (e.event === 'state' && (!s || s.state === 'up')))
		refresh(id);
	else if (shown === id && e.event === 'state')
		showDetail(id);
	draw();
}

// What events do not tell, such as the detection time; some at a time
const wanted = new Set();
let refreshing = false;

async function refresh(id) {
	wanted.add(id);
	if (refreshing)
		return;
	refreshing = true;
	for (const next of wanted) {
		wanted.delete(next);
		const s = await read(`/v1/sessions/${next}`).catch(() => null);
		if (s)
			sessions.set(next, row(s));
		if (shown === next)
			showDetail(next);
		draw();
	}
	refreshing = false;
}

// Return: whether the list has to be read again.
function take(block) {
	let kind = '', data = '';

	for (const line of block.split('\n')) {
		if (line.startsWith('event: '))
			kind = line.slice(7);
		else if (line.startsWith('data: '))
			data += line.slice(6);
	}
	if (kind === 'lost' || kind === 'restarted')
		return true;
	if (data)
		apply(JSON.parse(data));
	return false;
}

// EventSource shows no token, so the stream is read by hand.
async function follow(position) {
	const answer = await ask(`/v1/events?after=${position}`, 'text/event-stream');
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = '', silent;

	live('on', 'live');
	try {
		for (;;) {
			// there is a sign of life every 15 s
			const late = new Promise((_, no) => {
				silent = setTimeout(() => no(new Error('silence')), 45000);
			});
			const { value, done } = await Promise.race([reader.read(), late]);
			clearTimeout(silent);
			if (done)
				return;
			const blocks = (text + value).split('\n\n');
			text = blocks.pop();
			if (blocks.some(take))
				return;
		}
	} finally {
		clearTimeout(silent);
		reader.cancel().catch(() => {});
	}
}

// ---- lateness ----

function svg(name, attributes, text) {
	const e = document.createElementNS('http://www.w3.org/2000/svg', name);

	for (const [key, value] of Object.entries(attributes))
		e.setAttribute(key, value);
	if (text !== undefined)
		e.textContent = text;
	return e;
}

function lateness(cpus, prefix) {
	const sum = { count: 0, max: 0, over: 0, buckets: [] };

	for (const cpu of cpus) {
		sum.max = Math.max(sum.max, cpu[`${prefix}-max`] || 0);
		for (const [i, b] of (cpu[`${prefix}-histogram`] || []).entries()) {
			sum.buckets[i] = sum.buckets[i] || { below: b['below-us'], count: 0 };
			sum.buckets[i].count += b.count;
			sum.count += b.count;
			if (b['below-us'] > 1024)
				sum.over += b.count;
		}
	}
	return sum;
}

function plot(title, sum) {
	const figure = element('figure');
	const caption = element('figcaption');
	const picture = svg('svg', { viewBox: '0 0 300 92', role: 'img' });
	const top = Math.max(1, ...sum.buckets.map(b => Math.log10(b.count + 1)));
	const step = 296 / Math.max(1, sum.buckets.length);

	caption.append(element('b', title), sum.count ?
		` ${sum.count.toLocaleString('en')}, at most ${interval(+sum.max.toPrecision(3))}` : ' none');
	picture.append(svg('title', {}, `${title}: ${sum.count} in all, ` +
		`${sum.over} later than about a millisecond, at most ${sum.max} microseconds`));
	for (const [i, b] of sum.buckets.entries()) {
		const height = 70 * Math.log10(b.count + 1) / top;
		const last = i === sum.buckets.length - 1;
		const bar = svg('rect', {
			x: 2 + i * step, y: 74 - height, width: Math.max(1, step - 1.5), height,
			class: b.below <= 1024 ? 'good' : b.below <= 8192 ? 'fair' : 'poor',
		});

		bar.append(svg('title', {}, `${b.count} ${last ? 'later' :
			`less than ${interval(b.below)} late`}`));
		picture.append(bar);
	}
	picture.append(svg('line', { x1: 0, x2: 300, y1: 74.5, y2: 74.5, class: 'axis' }));
	for (const [i, text] of [[0, '1 µs'], [10, '1 ms'], [20, '1 s']])
		if (i < sum.buckets.length)
			picture.append(svg('text', { x: 2 + i * step, y: 88 }, text));
	figure.append(caption, picture);
	return figure;
}

async function watchStatistics() {
	for (;;) {
		if (!document.hidden) {
			const stats = await read('/v1/statistics').catch(() => null);

			if (stats)
				at('late').replaceChildren(...KINDS.map(([title, prefix]) =>
					plot(title, lateness(stats.cpus, prefix))));
		}
		await pause(5000);
	}
}

// ---- all of it ----

async function once() {
	live('', 'reading');
	const position = await readAll();
	at('login').hidden = true;
	at('main').hidden = false;
	tell('');
	await follow(position);
}

async function login() {
	at('main').hidden = true;
	at('login').hidden = false;
	if (sessionStorage.getItem('token'))
		at('login-text').textContent = 'That is not the token.';
	sessionStorage.removeItem('token');
	live('off', 'a token is wanted');
	at('token').focus();
	await new Promise(done => {
		at('login').onsubmit = submit => {
			submit.preventDefault();
			sessionStorage.setItem('token', at('token').value);
			at('token').value = '';
			done();
		};
	});
}

async function run() {
	let wait = 500;

	for (;;) {
		try {
			await once();
			wait = 500;
		} catch (e) {
			if (e instanceof Refused) {
				await login();
				continue;
			}
			live('off', 'no connection');
			tell(`The agent does not answer (${e.message}). What is shown is of before.`);
			at('main').hidden = at('main').hidden && !sessions.size;
		}
		await pause(wait);
		wait = Math.min(wait * 2, 15000);
	}
}

at('filter').addEventListener('input', () => {
	first = 0;
	drawTable();
});
at('previous').addEventListener('click', () => {
	first = Math.max(0, first - PAGE);
	drawTable();
});
at('next').addEventListener('click', () => {
	first += PAGE;
	drawTable();
});
for (const button of document.querySelectorAll('th button'))
	button.addEventListener('click', () => {
		sort = { by: button.dataset.sort, down: sort.by === button.dataset.sort && !sort.down };
		drawTable();
	});
at('close').addEventListener('click', closeDetail);

run();
watchStatistics();
