# SPDX-License-Identifier: GPL-2.0
"""Does an answer keep what the OpenAPI document promises?"""

import re


class Broken(Exception):
    """A promise was not kept."""


class Document:
    """An OpenAPI 3.0 document: as much of its schemas as ours uses."""

    TYPES = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'integer': int,
             'number': (int, float)}
    KNOWN = {'$ref', 'type', 'properties', 'required', 'additionalProperties', 'items', 'enum',
             'minimum', 'maximum', 'minItems', 'nullable', 'oneOf', 'description', 'format'}

    def __init__(self, json):
        self.json = json
        self.used = set()       # (method, path, status) that were seen

    def resolve(self, thing):
        while '$ref' in thing:
            at = self.json
            for name in thing['$ref'].removeprefix('#/').split('/'):
                at = at[name]
            thing = at
        return thing

    def operation(self, method, url):
        path = url.partition('?')[0]
        for pattern, item in self.json['paths'].items():
            if re.fullmatch(re.sub(r'\{\w+\}', '[^/]+', pattern), path):
                return pattern, item.get(method.lower())
        return None, None

    def sound(self, thing=None):
        """What it refers to is there, and each part of a path is a parameter."""
        if thing is None:
            for path, item in self.json['paths'].items():
                names = {self.resolve(p)['name'] for p in item.get('parameters', [])}
                if missing := set(re.findall(r'\{(\w+)\}', path)) - names:
                    raise Broken(f'{path}: {missing} is no parameter')
            thing = self.json
        if isinstance(thing, dict):
            self.resolve(thing)
            thing = list(thing.values())
        if isinstance(thing, list):
            for part in thing:
                self.sound(part or 0)

    def request(self, method, url, body):
        """What a client may ask for, as it was done."""
        pattern, operation = self.operation(method, url)
        if body is not None and operation:
            content = self.resolve(operation.get('requestBody', {})).get('content', {})
            if 'application/json' not in content:
                raise Broken(f'{method} {pattern}: the document knows of no body')
            self.value(body, content['application/json']['schema'], f'{method} {pattern}')

    def answer(self, method, url, status, kind, value):
        """An answer that a client was given."""
        pattern, operation = self.operation(method, url)
        if not operation:
            # what is not in the document is an error, told as all errors are
            if status not in (404, 405):
                raise Broken(f'{method} {url} is not in the document, but was answered {status}')
            self.value(value, {'$ref': '#/components/schemas/Error'}, 'error')
            return
        where = f'{method} {pattern} {status}'
        responses = operation['responses']
        if str(status) not in responses:
            raise Broken(f'{where} is not in the document: {value}')
        self.used.add((method, pattern, status))
        content = self.resolve(responses[str(status)]).get('content')
        if not content:
            if value is not None:
                raise Broken(f'{where}: a body')
        elif kind not in content:
            raise Broken(f'{where}: Content-Type is {kind}')
        elif kind == 'application/json':
            self.value(value, content[kind]['schema'], where)

    def value(self, value, schema, where):
        schema = self.resolve(schema)
        if unknown := set(schema) - self.KNOWN:
            raise Broken(f'{where}: the document has {unknown}')
        if value is None and schema.get('nullable'):
            return
        if 'oneOf' in schema:
            self.one_of(value, schema['oneOf'], where)
        kind = schema.get('type')
        if kind and (not isinstance(value, self.TYPES[kind]) or
                     (isinstance(value, bool) and kind != 'boolean')):
            raise Broken(f'{where} is {value!r}, not of type {kind}')
        if 'enum' in schema and value not in schema['enum']:
            raise Broken(f'{where} is {value!r}, none of {schema["enum"]}')
        if value < schema['minimum'] if 'minimum' in schema else False:
            raise Broken(f'{where} is {value}, less than {schema["minimum"]}')
        if value > schema['maximum'] if 'maximum' in schema else False:
            raise Broken(f'{where} is {value}, more than {schema["maximum"]}')
        if kind == 'object':
            self.members(value, schema, where)
        elif kind == 'array':
            if len(value) < schema.get('minItems', 0):
                raise Broken(f'{where} is empty')
            for i, item in enumerate(value):
                self.value(item, schema['items'], f'{where}[{i}]')

    def one_of(self, value, schemas, where):
        reasons = []
        for schema in schemas:
            try:
                self.value(value, schema, where)
            except Broken as e:
                reasons.append(str(e))
        if len(schemas) - len(reasons) != 1:
            raise Broken(f'{where} fits {len(schemas) - len(reasons)} of {len(schemas)}: {reasons}')

    def members(self, value, schema, where):
        properties = schema.get('properties', {})
        others = schema.get('additionalProperties', True)
        for name in schema.get('required', []):
            if name not in value:
                raise Broken(f'{where}: {name} is missing')
        for name, member in value.items():
            if name in properties:
                self.value(member, properties[name], f'{where}.{name}')
            elif isinstance(others, dict):
                self.value(member, others, f'{where}.{name}')
            elif not others:
                raise Broken(f'{where}: {name} is not in the document')
