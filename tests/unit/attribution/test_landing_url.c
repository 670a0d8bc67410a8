// SPDX-License-Identifier: Apache-2.0
// From a landing URL come exactly the ids that its query fills; of a written URL only known parameters stay, bytes untouched.
#include "attribution/landing_url.h"
#include "tests/unit/attribution/story.h"

static struct arena arena;

static struct landing_params read_url(const char *url)
{
	struct landing_params params;

	landing_url_read(view_text(url), &arena, &params);
	return params;
}

static void assert_text(struct view text, const char *expected)
{
	assert_true(view_is_set(text));
	assert_int_equal(text.n, strlen(expected));
	assert_memory_equal(text.p, expected, text.n);
}

static void all_ids_are_read(void **state)
{
	struct landing_params p = read_url("https://shop.example/p?advertiser_id=7&campaign_id=11&adgroup_id=12&ad_id=13&ttclid=E.C.P.x-Y_z");

	(void)state;
	assert_text(p.ttclid, "E.C.P.x-Y_z");
	assert_text(p.advertiser_id, "7");
	assert_text(p.campaign_id, "11");
	assert_text(p.adgroup_id, "12");
	assert_text(p.ad_id, "13");
	assert_false(p.ttclid_macro);
}

static void second_names_count_only_without_the_first(void **state)
{
	struct landing_params both = read_url("?utm_id=1&campaign_id=2&ad_group_id=3&adgroup_id=4");
	struct landing_params second = read_url("?utm_id=1&ad_group_id=3");
	struct landing_params macro = read_url("?campaign_id=__CAMPAIGN_ID__&utm_id=1&adgroup_id=__AID__&ad_group_id=3");

	(void)state;
	assert_text(both.campaign_id, "2");
	assert_text(both.adgroup_id, "4");
	assert_text(second.campaign_id, "1");
	assert_text(second.adgroup_id, "3");
	assert_text(macro.campaign_id, "1");
	assert_text(macro.adgroup_id, "3");
}

static void the_query_ends_at_the_first_fragment(void **state)
{
	(void)state;
	assert_text(read_url("https://a/?ttclid=x#?ttclid=y&ad_id=1").ttclid, "x");
	assert_false(view_is_set(read_url("https://a/?ttclid=x#&ad_id=1").ad_id));
	assert_false(view_is_set(read_url("https://a/#?ttclid=y").ttclid));
	assert_text(read_url("https://a/?b=1?ttclid=z&ttclid=w").ttclid, "w");
	assert_text(read_url("?ttclid=a?b=c").ttclid, "a?b=c");
}

static void names_are_compared_raw_and_with_case(void **state)
{
	(void)state;
	assert_false(view_is_set(read_url("?TTCLID=x&Ttclid=y&tt%63lid=z&ttclid2=v&xttclid=u&ttclid").ttclid));
	assert_text(read_url("?&&ttclid=x&&").ttclid, "x");
}

static void values_are_percent_decoded_once(void **state)
{
	(void)state;
	assert_text(read_url("?ttclid=a%2Fb%3d%41").ttclid, "a/b=A");
	assert_text(read_url("?ttclid=a%252Fb").ttclid, "a%2Fb");
	assert_text(read_url("?ttclid=a+b").ttclid, "a+b");
	assert_text(read_url("?ad_id=%C3%A4").ad_id, "\xC3\xA4");
}

static void broken_escapes_stay_as_they_are(void **state)
{
	(void)state;
	assert_text(read_url("?ttclid=%").ttclid, "%");
	assert_text(read_url("?ttclid=a%4").ttclid, "a%4");
	assert_text(read_url("?ttclid=%zz%4g%41").ttclid, "%zz%4gA");
	assert_text(read_url("?ttclid=%%41").ttclid, "%A");

	struct landing_params cut;
	landing_url_read(view_of("?ttclid=a%41", 11), &arena, &cut); // what follows the view is not its own
	assert_text(cut.ttclid, "a%4");
}

static void bytes_that_are_no_utf8_are_absent(void **state)
{
	(void)state;
	assert_false(view_is_set(read_url("?ttclid=%FF").ttclid));
	assert_text(read_url("?ttclid=%FF&ttclid=next").ttclid, "next");
}

static void the_first_filled_duplicate_counts(void **state)
{
	struct landing_params p = read_url("?ttclid=&ttclid=__CLICKID__&ttclid=one&ttclid=two");

	(void)state;
	assert_text(p.ttclid, "one");
	assert_true(p.ttclid_macro);
}

static void a_macro_in_ttclid_is_told_from_nothing(void **state)
{
	(void)state;
	assert_true(read_url("?ttclid=__CLICKID__").ttclid_macro);
	assert_true(read_url("?ttclid=%5F%5FCLICKID%5f%5F").ttclid_macro);
	assert_false(read_url("?ttclid=&ttclid").ttclid_macro);
	assert_false(read_url("?ad_id=__CID__").ttclid_macro);
	assert_false(read_url("#ttclid=__CLICKID__").ttclid_macro);
}

static void a_url_without_query_or_no_url_fills_nothing(void **state)
{
	static const char *const urls[] = {NULL, "", "?", "#", "https://a/", "https://a/ttclid=x", "?="};

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct landing_params p = read_url(urls[i]);

		assert_false(view_is_set(p.ttclid) || view_is_set(p.campaign_id) || view_is_set(p.ad_id));
	}
}

static void a_huge_query_is_read_to_its_end(void **state)
{
	enum { PAIRS = 30000 };
	static char url[PAIRS * 9 + 32] = "?";
	size_t n = 1;

	(void)state;
	for (int i = 0; i < PAIRS; i++, n += 8)
		memcpy(url + n, "ttclid=&", 8);
	memcpy(url + n, "ttclid=last", 12);
	assert_text(read_url(url).ttclid, "last");
}

static void strip(const char *url, bool keep_query, const char *expected)
{
	assert_text(landing_url_strip(view_text(url), keep_query, &arena), expected);
}

static void known_parameters_stay_in_place(void **state)
{
	(void)state;
	strip("https://a/p?email=x%40y&ttclid=A%2fB&q=1&utm_source=tiktok&token=t#top", false, "https://a/p?ttclid=A%2fB&utm_source=tiktok");
	strip("?ttclid=1&gclid=2&fbclid=3&msclkid=4&utm_source=5&utm_medium=6&utm_campaign=7&utm_id=8&utm_term=9&utm_content=10", false,
		"?ttclid=1&gclid=2&fbclid=3&msclkid=4&utm_source=5&utm_medium=6&utm_campaign=7&utm_id=8&utm_term=9&utm_content=10");
	strip("?campaign_id=1&adgroup_id=2&ad_group_id=3&ad_id=4&advertiser_id=5", false,
		"?campaign_id=1&adgroup_id=2&ad_group_id=3&ad_id=4&advertiser_id=5");
	strip("?ttclid=a&ttclid=b&ttclid", false, "?ttclid=a&ttclid=b&ttclid");
}

static void no_parameter_left_no_question_mark(void **state)
{
	(void)state;
	strip("https://a/p?email=x", false, "https://a/p");
	strip("https://a/p?", false, "https://a/p");
	strip("https://a/p?#x", false, "https://a/p");
	strip("https://a/p", false, "https://a/p");
	strip("https://a/p#x?ttclid=1", false, "https://a/p");
}

static void keep_query_drops_the_fragment_alone(void **state)
{
	(void)state;
	strip("https://a/p?email=x&ttclid=1#top", true, "https://a/p?email=x&ttclid=1");
	strip("https://a/p?", true, "https://a/p?");
	assert_false(view_is_set(landing_url_strip(VIEW_ABSENT, false, &arena)));
	assert_false(view_is_set(landing_url_strip(VIEW_ABSENT, true, &arena)));
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_ids_are_read),
		cmocka_unit_test(second_names_count_only_without_the_first),
		cmocka_unit_test(the_query_ends_at_the_first_fragment),
		cmocka_unit_test(names_are_compared_raw_and_with_case),
		cmocka_unit_test(values_are_percent_decoded_once),
		cmocka_unit_test(broken_escapes_stay_as_they_are),
		cmocka_unit_test(bytes_that_are_no_utf8_are_absent),
		cmocka_unit_test(the_first_filled_duplicate_counts),
		cmocka_unit_test(a_macro_in_ttclid_is_told_from_nothing),
		cmocka_unit_test(a_url_without_query_or_no_url_fills_nothing),
		cmocka_unit_test(a_huge_query_is_read_to_its_end),
		cmocka_unit_test(known_parameters_stay_in_place),
		cmocka_unit_test(no_parameter_left_no_question_mark),
		cmocka_unit_test(keep_query_drops_the_fragment_alone),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
