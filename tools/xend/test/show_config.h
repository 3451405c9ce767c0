/* SPDX-License-Identifier: GPL-2.0-only */
/* A configuration as text, for tests that compare configurations. */
#ifndef XEND_TEST_SHOW_CONFIG_H
#define XEND_TEST_SHOW_CONFIG_H

#include "../../lib/strbuf.h"
#include "../config.h"

void show_disk(struct strbuf *b, const struct config_disk *d);
void show_vif(struct strbuf *b, const struct config_vif *v);
void show_pci(struct strbuf *b, const struct config_pci *p);
/* Each setting that is not the default, with '; ' between. Places in the text (config_where) are left out. */
void show_config(struct strbuf *b, const struct domain_config *c);

#endif
