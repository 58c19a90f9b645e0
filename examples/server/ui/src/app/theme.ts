import { Button, createTheme, Drawer, Menu, Modal, MultiSelect, PasswordInput, Select, TagsInput, Textarea, TextInput, Tooltip, ActionIcon } from "@mantine/core";

// Scroll locks and transitions of Mantine write style elements, which the Content-Security-Policy forbids.
const overlay = { lockScroll: false, transitionProps: { duration: 90 }, overlayProps: { backgroundOpacity: 0.35 } };

// The list of options scrolls itself (see theme.css): another element that scrolls would have to be reached by the keyboard.
const options = { withScrollArea: false, comboboxProps: { transitionProps: { duration: 0 } } };

export const theme = createTheme({
  cursorType: "pointer",
  components: {
    Button: Button.extend({ defaultProps: { size: "compact-sm" } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray", size: 24 } }),
    TextInput: TextInput.extend({ defaultProps: { size: "xs" } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "xs" } }),
    Textarea: Textarea.extend({ defaultProps: { size: "xs" } }),
    Select: Select.extend({ defaultProps: { ...options, size: "xs", allowDeselect: false } }),
    MultiSelect: MultiSelect.extend({ defaultProps: { ...options, size: "xs" } }),
    TagsInput: TagsInput.extend({ defaultProps: { ...options, size: "xs" } }),
    Menu: Menu.extend({ defaultProps: { transitionProps: { duration: 0 }, shadow: "md", position: "bottom-start" } }),
    Modal: Modal.extend({ defaultProps: { ...overlay, padding: "md" } }),
    Drawer: Drawer.extend({ defaultProps: { ...overlay, padding: "xs", position: "right", size: 640 } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, transitionProps: { duration: 0 } } }),
  },
});
